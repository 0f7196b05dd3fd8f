import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArgumentError } from '../base/errors.ts';

const REASONS: Record<string, (path: string) => string> = {
  ENOENT: (path) => `there is no folder ${dirname(path)}`,
  ENOTDIR: (path) => `${dirname(path)} is not a folder`,
  EISDIR: () => 'it is a folder',
  EACCES: () => 'permission denied',
  EPERM: () => 'permission denied',
  EROFS: () => 'the disk is read-only',
  ENOSPC: () => 'the disk is full',
};

/**
 * Writes a file whole or not at all: under another name in the same folder, then renamed. An older file of that name
 * stays as it was until then.
 *
 * @throws ArgumentError if the folder doesn't exist or can't be written to
 */
export async function writeFileAtomic(path: string, contents: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, contents, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(path, error);
  }
}

/** What is said of a file that can't be written. */
export function unwritable(path: string, error: unknown): ArgumentError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new ArgumentError(`can't write ${path}: ${REASONS[code]?.(path) ?? message}`, { cause: error });
}
