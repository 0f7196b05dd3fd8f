/**
 * What detectors cost, one thread, interleaved: ours from the picture's pixels to boxes, others' networks alone.
 *
 *   npm install --no-save --ignore-scripts --prefix bench @mediapipe/face_detection@0.4.1646425229
 *   node bench/detector-speed.js [--rounds 60]       # Node 22 or newer has relaxed SIMD
 *
 * - MediaPipe's short-range detector, 128 x 128, in LiteRT.js: `face_detection_short_range.tflite` as npm has it.
 * - YuNet's layers (Wu et al. 2023) without the additions of its pyramid, with weights of chance, as our own exporter writes them,
 *   in onnxruntime-web: the file of its authors is in no npm package.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import * as ort from 'onnxruntime-web';
import { DETECTOR_NAMES } from '../dist/base/models.js';
import { median } from '../dist/base/statistics.js';
import { exportNetwork } from '../dist/export/onnx.js';
import { NetworkBuilder } from '../dist/network/graph.js';
import { LocalPipnet } from '../dist/pipnet.js';
import { loadPipnet } from '../dist/runtimes/node/index.js';
import { initialise } from '../dist/step/initialise.js';
import { startLiteRt } from './contestants/litert.js';
import { uniform } from './random.js';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } });
const SIZES = [
  [256, 192],
  [640, 480],
];

const contestants = [];
for (const name of DETECTOR_NAMES) {
  const pipnet = await loadPipnet({ detector: name });
  const { detector, engine } = LocalPipnet.partsOf(pipnet);
  for (const [width, height] of SIZES) {
    const pixels = { data: Uint8Array.from(uniform('picture', width * height * 4, 1), (value) => 128 + 60 * value), width, height };
    add(`${name} (${engine.build})`, width, height, () => detector.detectAt(pixels, 0.6, width));
  }
}

ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(yunetFile(), { executionProviders: ['wasm'] });
for (const [width, height] of SIZES) {
  const input = new ort.Tensor('float32', uniform('input', 3 * width * height, 1), [1, 3, height, width]);
  add('YuNet, onnxruntime-web', width, height, () => session.run({ input }));
}

const { loadAndCompile, Tensor } = await startLiteRt();
const file = createRequire(new URL('./x.js', import.meta.url)).resolve('@mediapipe/face_detection/face_detection_short_range.tflite');
const model = await loadAndCompile(new Uint8Array(await readFile(file)), { accelerator: 'wasm' });
const values = uniform('input', 128 * 128 * 3, 1);
add('MediaPipe short range, LiteRT.js', 128, 128, async () => {
  const tensor = new Tensor(values, [1, 128, 128, 3]);
  const results = await model.run(tensor);
  for (const used of [tensor, ...results]) used.delete();
});

for (let round = -5; round < Number(options.rounds); round++) {
  for (let i = 0; i < contestants.length; i++) {
    const { run, times } = contestants[(i + Math.max(round, 0)) % contestants.length];
    await run();
    const start = performance.now();
    await run();
    if (round >= 0) times.push(performance.now() - start);
  }
}
console.log(`Node ${process.version}, ${options.rounds} rounds, milliseconds`);
for (const { name, width, height, times } of contestants)
  console.log(`${name.padEnd(34)} ${`${width} x ${height}`.padEnd(10)} ${median(times).toFixed(2)}`);
process.exit();

function add(name, width, height, run) {
  contestants.push({ name, width, height, run, times: [] });
}

/** Channels in and out of YuNet's pairs of a 1x1 and a depthwise convolution; 'pool' halves, 'out' is a detection map. */
function yunetFile() {
  const net = new NetworkBuilder();
  let count = 0;
  const pair = (x, channels, activation = 'relu') => {
    const name = `pair${count++}`;
    const pointwise = net.convolution(x, `${name}.pointwise`, channels, {});
    return net.convolution(pointwise, `${name}.depthwise`, channels, { kernel: 3, depthwise: true, activation });
  };
  const pool = (x) => net.pool('maxPool', x, 3, 2);
  let x = net.convolution(net.input(3), 'stem', 16, { kernel: 3, stride: 2, activation: 'relu' });
  x = pool(pair(x, 16));
  x = pair(pair(x, 16), 64);
  x = pool(pair(pair(x, 64), 64));
  const outputs = {};
  for (const stride of [8, 16, 32]) {
    if (stride > 8) x = pool(x);
    x = pair(pair(x, 64), 64);
    const neck = pair(x, 64);
    Object.entries({ cls: 1, obj: 1, bbox: 4, kps: 10 }).forEach(([name, channels]) => {
      outputs[`${name}${stride}`] = pair(neck, channels, undefined);
    });
  }
  const network = { layers: net.layers, outputs };
  return exportNetwork(network, initialise(network, 1).tensors, ['height', 'width'], undefined, {});
}
