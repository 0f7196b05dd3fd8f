// Faces cut out into files of their own, `<picture>.face1.png` and so on.
import { ArgumentError } from '../base/errors.ts';
import type { Face, Pixels } from '../base/types.ts';
import { ALIGN_TEMPLATES, alignFace, MAX_ALIGNED_SIZE, type AlignOptions } from '../faces/align-face.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { toPng } from './drawing.ts';
import { wholeNumber, type Parser } from './options.ts';

const size = wholeNumber(1, MAX_ALIGNED_SIZE);

/** `112`, `ffhq` or `ffhq:256`. */
export const crops: Parser<AlignOptions> = (text, option) => {
  const template = ALIGN_TEMPLATES.find((name) => text === name || text.startsWith(`${name}:`));
  if (text === template) return { template };
  const pixels = template === undefined ? text : text.slice(template.length + 1);
  if (/^\d+$/.test(pixels)) return { template, size: size(pixels, option) };
  throw new ArgumentError(`${option} ${text} is neither a size nor one of ${ALIGN_TEMPLATES.join(', ')}: write it as 112 or ffhq:256`);
};

/** Writes the faces of a picture. @returns paths of the files, in the order of the faces */
export async function writeCrops(pixels: Pixels, faces: readonly Face[], stem: string, options: AlignOptions): Promise<string[]> {
  const paths = faces.map((_, i) => `${stem}.face${i + 1}.png`);
  for (const [i, face] of faces.entries()) await writeFileAtomic(paths[i], await toPng(alignFace(pixels, face, options)));
  return paths;
}
