import { loadPipnet } from 'pipnet-wasm';
import { fetchPicture } from './picture.js';

const pipnet = await loadPipnet({ threads: 2 });
const picture = await fetchPicture();

/** Small ones, for time's sake. Returns the bytes of linear memory after them. */
globalThis.detectFrames = async (count) => {
  for (let i = 0; i < count; i++) await pipnet.detect(picture, { detectSize: 320 });
  return pipnet.info().memoryBytes;
};
globalThis.dispose = () => pipnet.dispose();
