import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { readFile } from 'node:fs/promises';
import { cropSquare, squareAround, toPicture } from './crop.js';

const SIZE = 64;

/** See peer.js. */
export const FIT = { scale: 1.1, offset: [-0.0016, 0.003] };

/** `fr_landmark.onnx` of faceplugin-face-recognition-js (MIT): 64 x 64 grey pixels over 256 to 68 points in units of the crop. */
export async function open({ folder }) {
  ort.env.wasm.numThreads = 1;
  const file = await readFile(join(folder, 'model/fr_landmark.onnx'));
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  return {
    prepare(pixels, box) {
      const square = squareAround(box, FIT.scale);
      const rgb = cropSquare(pixels, square, SIZE);
      const grey = Float32Array.from(
        { length: SIZE * SIZE },
        (_, i) => (0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2]) / 256,
      );
      return { square, input: new ort.Tensor('float32', grey, [1, 1, SIZE, SIZE]) };
    },
    run: ({ input }) => session.run({ input }),
    landmarks: ({ output }, { square }) => toPicture(output.data, square),
  };
}
