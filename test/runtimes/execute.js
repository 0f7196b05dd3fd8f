import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LIMIT_MS = 120_000;

/**
 * Runs a program to its end.
 *
 * @returns what it printed
 * @throws Error if it fails, or hasn't ended in time
 */
export async function execute(file, parameters, cwd, env = {}) {
  try {
    const options = { cwd, env: { ...process.env, ...env }, timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 };
    return (await promisify(execFile)(file, parameters, options)).stdout;
  } catch (error) {
    const reason = error.killed
      ? `has not ended within ${LIMIT_MS / 1000} s`
      : [error.stdout, error.stderr].join('').trim() || error.message;
    throw new Error(`${[file, ...parameters].join(' ')}: ${reason}`);
  }
}
