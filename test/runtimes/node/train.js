// Training through the package's own entry: threads, a worker that prepares batches, a model that can be loaded.
import { writeFile } from 'node:fs/promises';
import { loadPipnet } from 'pipnet-wasm';
import { trainModel } from 'pipnet-wasm/train';

const pipnet = await loadPipnet();
const [{ landmarks }] = await pipnet.detect('picture.jpg');
pipnet.dispose();
const line = `picture.jpg ${landmarks.map(({ x, y }) => `${x} ${y}`).join(' ')}\n`;
await writeFile('faces.txt', line.repeat(4));
const { finished, steps } = await trainModel({
  list: 'faces.txt',
  images: '.',
  out: 'trained.safetensors',
  init: 'shipped',
  val: 'faces.txt',
  stages: [{ size: 64, epochs: 1 }],
  batch: 2,
  threads: 2,
});
const trained = await loadPipnet({ model: 'trained.safetensors' });
console.log(JSON.stringify({ finished, steps, size: trained.model.inputSize }));
trained.dispose();
