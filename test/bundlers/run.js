import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withPage } from '../runtimes/chromium/browser.js';
import { ISOLATION, serve } from '../runtimes/chromium/server.js';
import { execute } from '../runtimes/execute.js';

/** The program of a tool that this repository has too. */
export const binary = (name) => fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));

/** What a program prints. */
export async function runProgram(folder, file, ...options) {
  return JSON.parse(await execute(process.execPath, [...options, file], folder));
}

/** What a page leaves in `globalThis.output`. */
export async function readPage(url, expectedError) {
  return withPage(url, (page) => page.waitForFunction('globalThis.output').then((output) => output.jsonValue()), expectedError);
}

/** The same for a page of the app. */
export async function runPage(app, path, expectedError) {
  const server = await serve(app, ISOLATION);
  try {
    return await readPage(server.origin + path, expectedError);
  } finally {
    server.close();
  }
}

/** @throws Error unless the message is one line that begins so and says to copy this file */
export function checkError(error, kind, file) {
  if (!(error?.startsWith(`${kind}: `) && error.includes(`copy node_modules/${file} `) && !error.includes('\n')))
    throw new Error(`instead of a ${kind} for ${file}: ${error}`);
}

/** What a test leaves in the file that the environment names. */
export async function runTest(app, output, runner, options) {
  await execute(runner, options, app, { OUTPUT: output });
  return JSON.parse(await readFile(join(app, output), 'utf8'));
}
