import { ImageError, loadPipnet, type Face, type ImageSource, type Pipnet } from 'pipnet-wasm';
import { decodeImage } from 'pipnet-wasm/image';
import type { trainModel } from 'pipnet-wasm/train';

const pipnet: Pipnet = await loadPipnet({ kernels: 'simd', threads: 2 });
const landmarks: number[] = [];
for (const face of await pipnet.detect('picture.jpg')) {
  const { box, score, landmarks: points }: Face = face;
  if (box.width > 0 && score > 0) landmarks.push(...points.flatMap(({ x, y }) => [x, y]));
}
console.log(JSON.stringify({ threads: pipnet.info().threads, landmarks }));
pipnet.dispose();

// Types must be known, not `any`.
const source: ImageSource = new URL('file:///picture.jpg');
// @ts-expect-error A number is no picture.
const noSource: ImageSource = 1;
// @ts-expect-error Nor is a path the bytes of one.
const decode = () => decodeImage('picture.jpg');
// @ts-expect-error A training needs its files.
const options: Parameters<typeof trainModel>[0] = {};
export { decode, ImageError, noSource, options, source };
