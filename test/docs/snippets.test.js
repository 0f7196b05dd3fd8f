// @module-tag slow
// Every block of code of the README and the guides, run in a folder of its own with the packed package, top to bottom as a
// reader would: programs are checked and run, files are written, commands given, pages opened before a camera.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import ts from 'typescript';
import { describe, expect, test, vi } from 'vitest';
import { decodeImage } from '../../dist/runtimes/node/image.js';
import { executablePath, launch } from '../demo/browser.js';
import { FRAMES, gridOf, LOOKS_AT, renderFrame, writeY4m } from '../demo/fake-camera.js';
import { installPackage, packInto } from '../runtimes/app.js';
import { execute } from '../runtimes/execute.js';
import { Unavailable } from '../runtimes/install.js';
import { picture } from '../runtimes/test-app.js';
import { blocksOf, commandsOf } from './blocks.js';
import { furnish } from './folder.js';

vi.setConfig({ testTimeout: 240_000 });
process.env.npm_config_ignore_scripts = 'true';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START = 'docs/start.md';
const GUIDES = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
const PAGES = ['README.md', 'TRAINING.md', ...GUIDES.map((name) => `docs/${name}`)];

/** Commands that aren't run, and why; of our own program their options are checked. */
const NOT_RUN = [
  [/^npm (test|run)\b/, 'is of a clone'],
  [/^ffmpeg\b/, 'needs ffmpeg and a film'],
  [/\.pth\b|frames|train-detector|evaluate --detector|detector\.safetensors/, 'needs what can not be shipped'],
  [/\btrain --list (?!.*--epochs 20 )/, 'takes minutes, or hours'],
  [/--model mine\.safetensors(?! --out)/, 'needs a model that was trained for minutes'],
];

describe('what is documented', () => {
  test.for(PAGES)('%s', async (name, { skip }) => {
    try {
      await readAloud(name);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      skip(error.message);
    }
  });
});

/** Does what a page says. */
async function readAloud(name) {
  const folder = await mkdtemp(join(tmpdir(), 'pipnet-wasm-page-'));
  const servers = [];
  const state = { folder, output: '', origin: undefined };
  try {
    await furnish(folder);
    if (name === START) state.tarball = await packInto(folder);
    else await installPackage(folder);
    for (const block of blocksOf(readFileSync(join(ROOT, name), 'utf8'))) {
      try {
        await doBlock(block, state, servers);
      } catch (error) {
        if (error instanceof Unavailable) throw error;
        throw new Error(`${name}:${block.line}: ${error.message}`, { cause: error });
      }
    }
  } finally {
    for (const server of servers) if (server.exitCode === null) process.kill(-server.pid, 'SIGKILL');
    await rm(folder, { recursive: true });
  }
}

async function doBlock({ language, rest, code, file, line }, state, servers) {
  const { folder } = state;
  if (file) return writeFile(join(folder, file), code);
  switch (language) {
    case 'js':
      await writeFile(join(folder, `line-${line}.mjs`), code);
      return execute(process.execPath, [`line-${line}.mjs`], folder);
    case 'ts':
      return runTypeScript(code.replace('epochs: 60', 'epochs: 1'), `line-${line}`, folder);
    case 'sh':
      return rest === 'serve' ? serve(code, state, servers) : give(commandsOf(code), state);
    case 'text':
      return;
    case '':
      return expectPrinted(code, state.output);
    default:
      throw new Error(`what is to be done with ${language}?`);
  }
}

async function give(commands, state) {
  for (const command of commands) {
    const reason = NOT_RUN.find(([pattern]) => pattern.test(command))?.[1];
    if (reason) await checkOptions(command, state.folder);
    else state.output = await shell(command, state);
  }
}

function shell(command, { folder, tarball, origin }) {
  const line = command
    .replace(/^npm install pipnet-wasm$/, `npm install ${tarball ?? 'pipnet-wasm'}`)
    .replace(/^npm install\b/, 'npm install --prefer-offline --no-audit --no-fund')
    .replace('http://127.0.0.1:3000', origin);
  const env = { PATH: `${join(folder, 'node_modules/.bin')}:${process.env.PATH}` };
  return execute('bash', ['-ec', line], folder, env).catch((error) => {
    const [code] = error.message.match(/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENOTCACHED)\b/) ?? [];
    throw /^npm install/.test(command) && code ? new Unavailable(`npm can't reach its registry: ${code}`) : error;
  });
}

/** Whatever a command asks for must be in its help. */
async function checkOptions(command, folder) {
  const [program, ...words] = command.replace(/^npx /, '').split(/\s+/);
  if (program !== 'pipnet-wasm') return;
  const [name] = words.filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
  const isCommand = name === words[0];
  const help = await execute(join(folder, 'node_modules/.bin/pipnet-wasm'), [...(isCommand ? [name] : []), '--help'], folder);
  for (const option of words.filter((word) => /^--\w/.test(word))) expect(help).toMatch(new RegExp(`^\\s+${option}\\b`, 'm'));
}

/** All commands but the last, which serves until the page has been read; what it serves is looked at. */
async function serve(code, state, servers) {
  const commands = commandsOf(code);
  await give(commands.slice(0, -1), state);
  const env = { ...process.env, PORT: '0' };
  const last = commands.at(-1).replace(/:\d{4}$/, ':0');
  const server = spawn('bash', ['-c', `exec ${last}`], { cwd: state.folder, env, detached: true, stdio: 'pipe' });
  servers.push(server);
  state.origin = await originOf(server);
  if (!/^npx (vite|esbuild)/.test(last)) return;
  if (executablePath) await lookAt(state.origin);
}

function originOf(server) {
  return new Promise((resolve, reject) => {
    let text = '';
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk) => {
        text = stripVTControlCharacters(text + chunk);
        const [origin] = text.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
        if (origin) resolve(origin);
      });
    server.once('exit', () => reject(new Error(`the server has ended: ${text}`)));
    setTimeout(() => reject(new Error(`the server has not started: ${text}`)), 30_000).unref();
  });
}

let camera;

/** A page that has what it should have says so in its title or to screen readers. */
async function lookAt(url) {
  camera ??= await fakeCamera();
  const browser = await launch(
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${camera}`,
  );
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(url);
    const found = () => document.querySelector('face-landmarks')?.shadowRoot.querySelector('[role=status]').textContent ?? document.title;
    await page.waitForFunction(`/^1 (face )?found|68 landmarks/.test((${found})())`, undefined, { timeout: 30_000 }).catch(async () => {
      errors.push(`the page says ${await page.evaluate(found)}`);
    });
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
}

async function fakeCamera() {
  const folder = await mkdtemp(join(tmpdir(), 'pipnet-wasm-camera-'));
  const pixels = await decodeImage(readFileSync(picture));
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'camera.y4m');
  await writeY4m(
    path,
    Array.from({ length: FRAMES }, (_, i) => renderFrame(pixels, gridOf(i, LOOKS_AT))),
  );
  process.once('exit', () => rm(folder, { recursive: true }));
  return path;
}

async function runTypeScript(code, name, folder) {
  const path = join(folder, `${name}.mts`);
  await writeFile(path, code);
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  const program = ts.createProgram([path], options);
  const problems = ts.getPreEmitDiagnostics(program).filter((problem) => problem.file?.fileName === path);
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  const { outputText } = ts.transpileModule(code, { fileName: path, compilerOptions: options });
  await writeFile(join(folder, `${name}.mjs`), outputText);
  return execute(process.execPath, [`${name}.mjs`], folder);
}

/** Milliseconds are the machine's; all else is as it is printed. */
function expectPrinted(shown, printed) {
  const words = (text) => text.trim().replace(/\d+ ms/g, '? ms');
  expect(words(printed)).toBe(words(shown));
}
