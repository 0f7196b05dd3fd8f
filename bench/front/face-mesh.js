import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLiteRt } from '../contestants/litert.js';
import { cropSquare, squareAround, toPicture } from './crop.js';

const SIZE = 192;

/** Which of the mesh's 468 points stand nearest to each of 300W's 68. */
const POINTS = [
  ...[127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356],
  ...[70, 63, 105, 66, 107, 336, 296, 334, 293, 300],
  ...[168, 197, 5, 4, 75, 97, 2, 326, 305],
  ...[33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380],
  ...[61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181],
  ...[78, 82, 13, 312, 308, 317, 14, 87],
];

/** See peer.js. */
export const FIT = { scale: 1.6, offset: [-0.0036, -0.0117] };

/** `face_landmark.tflite` of \@mediapipe/face_mesh (Apache-2.0): 192 x 192 RGB, 0 to 1, to 468 points in pixels of the crop. */
export async function open({ folder }) {
  const { loadAndCompile, Tensor } = await startLiteRt();
  const name = 'face_mesh_solution_packed_assets';
  const loader = await readFile(join(folder, `${name}_loader.js`), 'utf8');
  const [, start, end] = /face_landmark\.tflite", "start": (\d+), "end": (\d+)/.exec(loader).map(Number);
  const model = await loadAndCompile(new Uint8Array((await readFile(join(folder, `${name}.data`))).subarray(start, end)), {
    accelerator: 'wasm',
  });
  const mesh = model.getOutputDetails().findIndex(({ shape }) => shape.reduce((product, size) => product * size) === 3 * 468);
  return {
    prepare(pixels, box) {
      const square = squareAround(box, FIT.scale);
      return { square, input: cropSquare(pixels, square, SIZE).map((value) => value / 255) };
    },
    async run({ input }) {
      const tensor = new Tensor(input, [1, SIZE, SIZE, 3]);
      const results = await model.run(tensor);
      const points = results[mesh].toTypedArray();
      for (const used of [tensor, ...results]) used.delete();
      return points;
    },
    landmarks: (points, { square }) =>
      toPicture(
        POINTS.flatMap((i) => [points[3 * i] / SIZE, points[3 * i + 1] / SIZE]),
        square,
      ),
  };
}
