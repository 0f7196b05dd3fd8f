import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cropSquare, squareAround, toPicture } from './crop.js';

const SIZE = 112;

/** See peer.js. */
export const FIT = { scale: 1.1, offset: [-0.0101, -0.0128] };

/** The 68-point networks of \@vladmandic/face-api (MIT): 112 x 112 RGB, 0 to 255, to units of the crop. */
export async function open({ folder, net }) {
  const require = createRequire(join(folder, 'package.json'));
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(join(require.resolve('@tensorflow/tfjs-backend-wasm'), '../'));
  const { tf, nets, NetInput } = require('./dist/face-api.node-wasm.js');
  await tf.setBackend('wasm');
  await tf.ready();
  await nets[net].loadFromDisk(join(folder, 'model'));
  return {
    prepare(pixels, box) {
      const square = squareAround(box, FIT.scale);
      return { square, input: cropSquare(pixels, square, SIZE) };
    },
    async run({ input }) {
      const output = tf.tidy(() => nets[net].runNet(new NetInput([tf.tensor3d(input, [SIZE, SIZE, 3])])));
      const units = await output.data();
      output.dispose();
      return units;
    },
    landmarks: (units, { square }) => toPicture(units, square),
  };
}
