// Landmarks in files of their own, one a face: `<picture>.pts`, of further faces `<picture>.face2.pts` and so on.
import { access } from 'node:fs/promises';
import { ArgumentError } from '../base/errors.ts';
import type { Face } from '../base/types.ts';
import { ptsOf } from '../datasets/pts.ts';
import { writeFileAtomic } from '../files/write-file.ts';

/**
 * Writes the landmarks of a picture's faces.
 *
 * @returns paths of the files, in the order of the faces
 * @throws ArgumentError if one of them is there already: it may be labels that people have made
 */
export async function writeLabels(faces: readonly Face[], stem: string): Promise<string[]> {
  const paths = faces.map((_, i) => (i === 0 ? `${stem}.pts` : `${stem}.face${i + 1}.pts`));
  for (const path of paths) {
    const isFree = await access(path).then(
      () => false,
      () => true,
    );
    if (!isFree) throw new ArgumentError(`${path} is there already, and labels are never overwritten: give another folder with --out`);
  }
  for (const [i, { landmarks }] of faces.entries()) await writeFileAtomic(paths[i], ptsOf(landmarks));
  return paths;
}
