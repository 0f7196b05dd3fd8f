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
    return { threads, landmarks: faces.flatMap(({ landmarks }) => landmarks.flatMap(({ x, y }) => [x, y])) };
  } catch (error) {
    return { error: String(error) };
  }
}
