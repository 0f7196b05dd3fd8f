import { readFile } from 'node:fs/promises';
import { loadPipnet } from '../../dist/runtimes/node/index.js';
import { drawPng } from '../../dist/cli/drawing.js';
import { readImage } from '../../dist/runtimes/node/decode.js';

/** A picture file's way to landmarks with the models that ship, and how its parts share the time. */
export async function load({ picture }, { kernels, threads }) {
  const pipnet = await loadPipnet({ kernels, threads });
  const pixels = await readImage(picture);
  const boxes = await pipnet.detectBoxes(pixels);
  const faces = await pipnet.detect(pixels);
  if (boxes.length === 0) throw new Error(`no face in ${picture}: give another picture`);
  return {
    tasks: {
      'whole picture': () => pipnet.detect(picture),
      decode: () => readImage(picture),
      detect: () => pipnet.detectBoxes(pixels),
      'landmarks of one face': () => pipnet.landmarks(pixels, boxes[0].box),
      'landmarks of one face, read once': () => pipnet.landmarks(pixels, boxes[0].box, { refine: false }),
      'draw (only where a drawing is wanted)': () => drawPng(pixels, faces),
    },
  };
}
