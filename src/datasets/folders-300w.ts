import { join } from 'node:path';
import { DataError } from '../base/errors.ts';
import { readText } from '../files/read-text.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { PICTURES } from '../image/names.ts';
import { filesBelow, type DatasetSource, type Face } from './face.ts';
import { parsePts } from './pts.ts';

/** 300W: folders, at any depth, of pictures with a `.pts` file of the same name beside each; of more faces `<name>.face2.pts`. */
export async function read300w({ path }: DatasetSource): Promise<Face[]> {
  const labels = await filesBelow(path, /\.pts$/i);
  if (labels.length === 0) throw new DataError(`${path}: no .pts files in the folder or below`);
  const pictures = new Map((await filesBelow(path, PICTURES)).map((name) => [stem(name), name]));
  return Promise.all(
    labels.map(async (label) => {
      // Without a picture it is counted as one that can't be read.
      const name = pictures.get(stem(label)) ?? pictures.get(stem(label).replace(/\.face\d+$/, '')) ?? `${stem(label)}.jpg`;
      const source = join(path, label);
      const points = parsePts(await readText(source, 'the landmarks'), source);
      return { name, source, points, read: () => readImage(join(path, name)) };
    }),
  );
}

function stem(name: string): string {
  return name.replace(/\.[^./]*$/, '');
}
