/** Our training steps: `node ours.js <kernels> <folder>`, see main.js. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnThread } from '../../dist/runtimes/node/spawn-thread.js';
import { Trainer } from '../../dist/step/trainer.js';
import { readSafetensors } from '../../dist/weights/safetensors.js';

const RATE = 1e-5;

const [kernels, folder] = process.argv.slice(2);
const floats = async (name) => new Float32Array(new Uint8Array(await readFile(join(folder, name))).buffer);
const { architecture, meanFace, size, threads } = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8'));
const { tensors } = readSafetensors(await readFile(join(folder, 'weights.safetensors')), 'weights');
const batch = { images: await floats('images.f32'), points: await floats('points.f32'), indices: new Int32Array(0) };
const create = (count) =>
  Trainer.create({ architecture, meanFace, size, tensors, kernels, threads: count, spawn: spawnThread, optimiser: 'adam' });

// On one thread batch norms see the whole batch, as PyTorch's do.
const single = await create(1);
const { loss } = await single.computeGradients(batch);
await single.dispose();
console.log(JSON.stringify(loss));

const trainer = await create(threads);
for await (const line of createInterface({ input: process.stdin })) {
  const times = [];
  for (let step = 0; step <= Number(line); step++) {
    const start = performance.now();
    await trainer.step(batch, RATE);
    if (step > 0) times.push(performance.now() - start);
  }
  console.log(JSON.stringify(times));
}
