/**
 * Kernel variants that lost, against the kernels in use: both in one module, call by call, after their outputs have been
 * compared. A variant is a file here that says what it tries, why it lost and by how much, a line of index.ts, and one of VARIANTS.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { pointerBytes, product, sliding } from '../../dist/engine/arguments.js';
import { Engine } from '../../dist/engine/engine.js';
import { supportsRelaxedSimd } from '../../dist/wasm/features.js';
import { ACTIVATION_CODES } from '../../dist/wasm/kernels.js';
import { F32, PANEL_CHANNELS } from '../../dist/wasm/kernels/border.js';
import * as signatures from '../../dist/wasm/kernels/signatures.js';
import { uniform } from '../random.js';
import { compare, median } from '../statistics.js';

/** 1x1 convolutions of MobileNetV2 at 256x256: pixels, input channels, output channels. */
const POINTWISE = [
  [16384, 16, 96],
  [4096, 24, 144],
  [1024, 192, 32],
  [256, 384, 64],
];
/** Its depthwise ones: side, channels, stride. */
const DEPTHWISE = [
  [128, 96, 2],
  [64, 144, 1],
  [32, 192, 1],
  [16, 384, 1],
];
const VARIANTS = {
  convolutionEightPixels: { kernel: 'convolution', cases: POINTWISE, prepare: pointwise },
  convolutionPixelFinish: { kernel: 'convolution', cases: POINTWISE, prepare: pointwise },
  convolutionTwoSteps: { kernel: 'convolution', cases: POINTWISE, prepare: pointwise },
  depthwiseFourSums: { kernel: 'depthwise', cases: DEPTHWISE, prepare: depthwise },
};

/** Of the largest magnitude: variants add in another order. */
const TOLERANCE = 1e-5;
/** What one timing takes at least: below it, the clock is too coarse. */
const LEAST_MS = 4;
const WARM_UP_MS = 300;

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '40' }, only: { type: 'string' } } });
const build = supportsRelaxedSimd() ? 'relaxed' : 'simd';
const wasm = await compile(build);
console.log(`${build} SIMD, Node ${process.version}, ${options.rounds} rounds; how many times longer than the kernel in use (quartiles)\n`);
for (const [variant, { kernel, cases, prepare }] of Object.entries(VARIANTS)) {
  if (options.only && options.only !== variant) continue;
  for (const sizes of cases) {
    const { ratio, low, high, ms } = await time(variant, kernel, prepare, sizes);
    const figures = `${ratio.toFixed(2)} x (${low.toFixed(2)} to ${high.toFixed(2)})`;
    console.log(`${variant.padEnd(24)} ${sizes.join(', ').padEnd(16)} ${figures.padEnd(24)} ${kernel} ${ms.toFixed(3)} ms`);
  }
}

/** The kernels that ship and all variants, with the options of those that ship. */
async function compile(target) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'pipnet-kernels-'));
  try {
    const file = join(folder, 'kernels.wasm');
    const settings = ['--baseDir', root, '--config', join(root, 'asconfig.json'), '--target', target, '--outFile', file];
    const { error, stderr } = await asc.main([join(root, 'bench/kernels/index.ts'), ...settings]);
    if (error) throw new Error(stderr.toString());
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function time(variant, kernel, prepare, sizes) {
  const PARAMETERS = { ...signatures.PARAMETERS, [variant]: signatures.PARAMETERS[kernel] };
  const engine = await Engine.of({ ...signatures, PARAMETERS }, { [build]: wasm }, { kernels: build });
  const { args, outputs } = prepare(engine, ...sizes);
  const outputOf = (name) => {
    engine.floats(args.out, outputs).fill(NaN);
    engine.call(name, args);
    return engine.floats(args.out, outputs).slice();
  };
  const expected = outputOf(kernel);
  const bound = TOLERANCE * expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!outputOf(variant).every((value, i) => Math.abs(value - expected[i]) <= bound))
    throw new Error(`${variant} differs from ${kernel} with ${sizes}`);

  const measure = (name, calls) => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) engine.call(name, args);
    return (performance.now() - start) / calls;
  };
  const names = [kernel, variant];
  for (const name of names) for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) measure(name, 1);
  const calls = Math.ceil(LEAST_MS / measure(kernel, 10));
  const rounds = { [kernel]: [], [variant]: [] };
  for (let round = 0; round < Number(options.rounds); round++)
    // Each goes first as often as the other.
    for (const name of round % 2 ? names : names.toReversed()) rounds[name].push([measure(name, calls)]);
  return { ...compare(rounds[variant], rounds[kernel]), ms: median(rounds[kernel].flat()) };
}

function pointwise(engine, pixels, channels, outChannels) {
  const panels = Math.ceil(outChannels / PANEL_CHANNELS) * PANEL_CHANNELS;
  const args = {
    out: engine.allocate(pixels * outChannels * F32),
    outStride: outChannels,
    input: random(engine, 'input', pixels * channels),
    inStride: channels,
    residual: 0,
    residualStride: 0,
    weights: random(engine, 'weights', panels * channels),
    bias: random(engine, 'bias', panels),
    zeros: engine.zeros(channels * F32),
    pointers: engine.allocate(pointerBytes(1)),
    ...product(pixels, channels, outChannels),
    activation: ACTIVATION_CODES.relu6,
  };
  return { args, outputs: pixels * outChannels };
}

function depthwise(engine, side, channels, stride) {
  const outSide = side / stride;
  const args = {
    out: engine.allocate(outSide * outSide * channels * F32),
    input: random(engine, 'input', side * side * channels),
    weights: random(engine, 'weights', 9 * channels),
    bias: random(engine, 'bias', channels),
    ...sliding({ kernel: 3, stride, padding: 1 }, { height: side, width: side, channels }, { width: outSide }),
    activation: ACTIVATION_CODES.relu6,
    begin: 0,
    end: outSide,
  };
  return { args, outputs: outSide * outSide * channels };
}

function random(engine, name, length) {
  const address = engine.allocate(length * F32);
  engine.floats(address, length).set(uniform(name, length, 1));
  return address;
}
