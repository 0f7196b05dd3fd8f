/**
 * A lock on a file that is being made for hours. It is a name that a local socket listens on, which the system lets go when
 * the process ends, however it ends: no lock file stays behind, and no process number can be mistaken for another's. It
 * holds among the processes of one machine (of one container, where those have networks of their own).
 */
import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ArgumentError } from '../base/errors.ts';

/**
 * Runs `action` while this process alone may write `path`.
 *
 * @throws ArgumentError if another one does, or this one already
 */
export async function whileLocked<T>(path: string, action: () => Promise<T>): Promise<T> {
  const lock = await listen(await addressOf(path));
  if (lock === 'taken') throw new ArgumentError(`${path} is being written by another run: wait until it has ended, or name another file`);
  try {
    return await action();
  } finally {
    lock?.close();
  }
}

/** Where the lock of a file listens; the same for all ways to write its path. */
export async function addressOf(path: string, platform: string = process.platform): Promise<string> {
  const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
  const name = `pipnet-wasm-${createHash('sha256')
    .update(join(folder, basename(path)))
    .digest('hex')
    .slice(0, 32)}`;
  if (platform === 'win32') return `\\\\.\\pipe\\${name}`;
  // Linux has names of sockets that are no files.
  return platform === 'linux' ? `\0${name}` : join(tmpdir(), name);
}

/**
 * Takes an address.
 *
 * @returns what holds it until it is closed; nothing where the system has no such sockets: a lock that can't be had must not
 *   prevent the work
 */
export async function listen(address: string): Promise<Server | 'taken' | undefined> {
  for (let tries = 0; tries < 2; tries++) {
    const server = createServer((socket) => socket.destroy());
    const code = await new Promise<string | undefined>((done) => {
      const fail = (error: NodeJS.ErrnoException) => done(error.code ?? 'unknown');
      try {
        server.once('error', fail).listen(address, () => done(undefined));
      } catch (error) {
        // Deno, which needs its user's leave.
        fail(error as NodeJS.ErrnoException);
      }
    });
    if (code === undefined) return server.unref();
    if (code !== 'EADDRINUSE') return undefined;
    if (await answers(address)) return 'taken';
    // The file of a process that was killed; other kinds of names vanish by themselves.
    await rm(address, { force: true }).catch(() => {});
  }
  return 'taken';
}

/** Whether a process listens; its name alone may be left of it. */
function answers(address: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(address);
    const end = (alive: boolean) => {
      socket.destroy();
      done(alive);
    };
    socket
      .once('connect', () => end(true))
      .once('error', ({ code }: NodeJS.ErrnoException) => end(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}
