// CVAT's XML 1.1 for images, to correct landmarks by hand. CVAT counts from the corner of the first pixel, we from its centre.
import { dirname, join } from 'node:path';
import { DataError } from '../base/errors.ts';
import { checkName, parseCoordinates } from '../base/lines.ts';
import { escapeXml } from '../base/svg.ts';
import { readText } from '../files/read-text.ts';
import { readImage } from '../runtimes/node/decode.ts';
import type { DatasetSource, Face, LabelledPicture } from './face.ts';
import { tagsOf } from './xml.ts';

const HALF = 0.5;

/** Pictures with their faces as an XML file: for each face a shape of points, labelled `face`. */
export function cvatOf(pictures: readonly LabelledPicture[]): string {
  const images = pictures.flatMap(({ image, width, height, faces }, id) => [
    `  <image id="${id}" name="${escapeXml(image)}" width="${width}" height="${height}">`,
    ...faces.map(({ landmarks }) => {
      const points = landmarks.map(({ x, y }) => `${(x + HALF).toFixed(2)},${(y + HALF).toFixed(2)}`).join(';');
      return `    <points label="face" source="auto" occluded="0" points="${points}" z_order="0"></points>`;
    }),
    '  </image>',
  ]);
  return ['<?xml version="1.0" encoding="utf-8"?>', '<annotations>', '  <version>1.1</version>', ...images, '</annotations>'].join('\n');
}

/**
 * CVAT for images 1.1: each shape of points is a face, and so is each skeleton, whose points are taken in the order of their labels
 * where these are numbers. Skeletons with a point outside are left out. Names start from `images`, or from the file's folder.
 *
 * @throws DataError for what is no XML, no coordinates, or a shape outside of an image
 */
export async function readCvat({ path, images = dirname(path) }: DatasetSource): Promise<Face[]> {
  const faces: Face[] = [];
  let name: string | undefined;
  let skeleton: { label: string; pair: string; outside: boolean }[] | undefined;
  const add = (points: string) => {
    const source = `${path}: face ${faces.length + 1}`;
    if (name === undefined) throw new DataError(`${source}: its points stand in no <image>`);
    const picture = name;
    faces.push({ name, source, points: parsePoints(points, source), read: () => readImage(join(images, picture)) });
  };
  for (const { name: tag, attributes, opens, closes } of tagsOf(await readText(path, 'the annotations'), path)) {
    if (tag === 'image') {
      name = opens && !closes ? (attributes.get('name') ?? '') : undefined;
      if (name !== undefined) checkName(name, path);
    } else if (tag === 'skeleton') {
      if (opens) skeleton = [];
      if (closes && skeleton) {
        if (skeleton.length > 0 && !skeleton.some(({ outside }) => outside)) add(inOrder(skeleton).join(';'));
        skeleton = undefined;
      }
    } else if (tag === 'points' && opens) {
      const points = attributes.get('points') ?? '';
      if (skeleton) skeleton.push({ label: attributes.get('label') ?? '', pair: points, outside: attributes.get('outside') === '1' });
      else add(points);
    }
  }
  return faces;
}

function inOrder(skeleton: { label: string; pair: string }[]): string[] {
  const numbered = skeleton.every(({ label }) => /^\d+$/.test(label));
  const sorted = numbered ? [...skeleton].sort((a, b) => Number(a.label) - Number(b.label)) : skeleton;
  return sorted.map(({ pair }) => pair);
}

/** `x,y;x,y` */
function parsePoints(text: string, source: string): Float64Array {
  const pairs = text.split(';').map((pair) => pair.split(','));
  if (pairs.some(({ length }) => length !== 2)) throw new DataError(`${source}: its points are no list such as 10.5,20;30,40`);
  return parseCoordinates(pairs.flat(), source).map((coordinate) => coordinate - HALF);
}
