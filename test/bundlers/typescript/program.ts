import { ImageError, loadPipnet, type Face, type ImageSource, type Pipnet } from 'pipnet-wasm';
import { decodeImage } from 'pipnet-wasm/image';
import type { trainModel } from 'pipnet-wasm/train';

const pipnet: Pipnet = await loadPipnet({ kernels: 'simd', threads: 2 });
const faces = await pipnet.detect('picture.jpg');
const landmarks: number[] = [];
for (const face of faces) {
  const { box, score, landmarks: points }: Face = face;
  if (box.width > 0 && score > 0) landmarks.push(...points.flatMap(({ x, y }) => [x, y]));
}
const worker = await loadPipnet({ kernels: 'simd', threads: 2, worker: true });
const inWorker = JSON.stringify(await worker.detect('picture.jpg')) === JSON.stringify(faces);
console.log(JSON.stringify({ threads: pipnet.info().threads, inWorker, landmarks }));
pipnet.dispose();
worker.dispose();

// Types must be known, not `any`.
const source: ImageSource = new URL('file:///picture.jpg');
// @ts-expect-error A number is no picture.
const noSource: ImageSource = 1;
// @ts-expect-error Nor is a path the bytes of one.
const decode = () => decodeImage('picture.jpg');
// @ts-expect-error A training needs its files.
const options: Parameters<typeof trainModel>[0] = {};
export { decode, ImageError, noSource, options, source };
