import { loadPipnet } from 'pipnet-wasm';

/**
 * What every app does.
 *
 * @param models where the models are, for tools that lose them
 * @returns x y x y ... of the picture's face, or the error
 */
export async function findLandmarks(picture, models = {}) {
  try {
    const pipnet = await loadPipnet({ ...models, kernels: 'simd', threads: 2 });
    const { threads } = pipnet.info();
    const faces = await pipnet.detect(picture);
    pipnet.dispose();
    const inWorker = await compareWorker(picture, models, faces);
    return { threads, inWorker, landmarks: faces.flatMap(({ landmarks }) => landmarks.flatMap(({ x, y }) => [x, y])) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** @returns whether a worker finds the same, or why there is none */
async function compareWorker(picture, models, faces) {
  try {
    const pipnet = await loadPipnet({ ...models, kernels: 'simd', threads: 2, worker: true });
    const found = await pipnet.detect(picture);
    pipnet.dispose();
    return JSON.stringify(found) === JSON.stringify(faces);
  } catch (error) {
    return String(error);
  }
}
