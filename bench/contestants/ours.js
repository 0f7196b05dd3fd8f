import { exactCrop } from '../../dist/faces/crop.js';
import { faceboxes } from '../../dist/network/faceboxes.js';
import { pipnet } from '../../dist/network/pipnet.js';
import { LandmarkNetwork } from '../../dist/pip/landmark-network.js';
import { inlinedKernels } from '../../dist/wasm/inlined-kernels.js';
import { Runner, readTensor } from '../../dist/schedule/runner.js';
import { Engine } from '../../dist/engine/engine.js';
import { readModel } from '../../dist/weights/model.js';
import { toNchw } from './layout.js';

/** Sparse and dense head read the same backbone; what differs is the order of additions. */
const HEAD_TOLERANCE = 1e-4;

/** Our kernels: landmark networks with the sparse head, as users run them. */
export async function load(input, { kernels, threads, int8 = false }) {
  const engine = await createEngine(kernels, threads);
  const schedule = prepare(engine, readModel(await (int8 ? input.readModelI8() : input.readModel())), input);
  const values = await input.readNhwc();
  // The input's memory is reused by later layers: it is filled for every run, as the peers copy theirs in.
  const run = () => {
    engine.floats(schedule.input.address, values.length).set(values);
    engine.run(schedule.steps);
  };

  /** The whole maps come from the dense head, which the sparse one is compared with. */
  const maps = async () => {
    const model = readModel(await input.readModel());
    if (model.kind === 'pipnet') await checkSparseHead(model, kernels, threads);
    const dense = await createEngine(kernels, threads);
    const runner = new Runner(dense, model.kind === 'pipnet' ? pipnet(model.architecture) : faceboxes(), model.tensors, input.outputs);
    const all = runner.prepare(input.size, input.size);
    dense.floats(all.input.address, values.length).set(values);
    runner.run(all);
    return Object.fromEntries(
      input.outputs.map((name) => [name, toNchw(readTensor(dense, all.outputs[name]), all.outputs[name].channels)]),
    );
  };
  return { tasks: { network: run }, maps };
}

async function createEngine(kernels, threads) {
  if (threads === 1) return Engine.create(inlinedKernels(), { kernels });
  const { spawnThread } = await import('../../dist/runtimes/node/spawn-thread.js');
  return Engine.create(inlinedKernels(), { kernels, threads, spawn: spawnThread });
}

function prepare(engine, model, { size, outputs }) {
  if (model.kind === 'pipnet') return new LandmarkNetwork(engine, model).prepare();
  return new Runner(engine, faceboxes(), model.tensors, outputs).prepare(size, size);
}

async function checkSparseHead(model, kernels, threads) {
  const size = model.inputSize;
  const picture = { data: Uint8Array.from({ length: 3 * size * size }, (_, i) => (i * i) >> 8), width: size, height: size };
  const crop = exactCrop({ x: 0, y: 0, width: size, height: size });
  const [sparse, dense] = await Promise.all(
    ['sparse', 'dense'].map(async (head) =>
      new LandmarkNetwork(await createEngine(kernels, threads), model, { head }).predict(picture, crop),
    ),
  );
  for (const part of ['own', 'merged', 'scores']) {
    const isClose = sparse[part].every((value, i) => Math.abs(value - dense[part][i]) < HEAD_TOLERANCE * Math.max(1, Math.abs(value)));
    if (!isClose) throw new Error(`the sparse head's ${part} landmarks differ from the dense head's`);
  }
}
