// Results as files that are whole or not there: written aside, then renamed. Who does a picture again writes the same.
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

const RESULTS = process.env.RESULTS ?? 'results';
/** What a worker left that was killed while it wrote lies here, and may be deleted. */
const UNFINISHED = join(RESULTS, '.unfinished');

/** @returns the file's path */
export async function writeResult(id, result) {
  await mkdir(UNFINISHED, { recursive: true });
  const aside = join(UNFINISHED, randomUUID());
  const file = await open(aside, 'wx');
  try {
    await file.writeFile(JSON.stringify(result));
    // On the disk before it has its name, in case the machine goes down.
    await file.sync();
  } finally {
    await file.close();
  }
  const path = join(RESULTS, `${id}.json`);
  await rename(aside, path);
  return path;
}
