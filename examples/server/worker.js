// A thread of the pool: files in, faces out, one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { loadPipnet, PipnetError } from 'pipnet-wasm';
import { decodeImage } from 'pipnet-wasm/image';

const pipnet = await loadPipnet();

parentPort.on('message', async (file) => parentPort.postMessage(await answer(file)));
parentPort.postMessage('ready');

async function answer(file) {
  try {
    const pixels = await decodeImage(file, 'the picture', workerData.maxPixels);
    const faces = await pipnet.detect(pixels);
    return { result: { width: pixels.width, height: pixels.height, faces } };
  } catch (error) {
    if (!(error instanceof PipnetError)) throw error;
    return { refusal: { name: error.name, message: error.message } };
  }
}
