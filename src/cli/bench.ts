// How fast detection and landmarks are on this machine, once warm.
import { cpus } from 'node:os';
import { Command } from 'commander';
import type { Task } from 'tinybench';
import { median, quantile } from '../base/statistics.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import { bytesPerPixel } from '../base/pixels.ts';
import type { Box, Pixels } from '../base/types.ts';
import { alignColumns } from './columns.ts';
import { detectorOption, modelOption, number, parsed, wholeNumber } from './options.ts';
import { type LayerProfile, profileOf } from './profile.ts';

interface Options {
  model?: string;
  detector?: string;
  image?: string;
  seconds: number;
  threads: number;
  profile?: true;
  json?: true;
}

/** Times of one row of the table, in milliseconds. */
interface Timing {
  name: string;
  framesPerSecond: number;
  median: number;
  p95: number;
  runs: number;
}

/** Of the sample faces that come with the package. */
const PORTRAIT = new URL('../../examples/faces/images/04.jpg', import.meta.url);

/** Side of the box that stands for a face where none is found. */
const FACE_SIZE = 256;

const EXAMPLES = `
Decoding is not part of any time. Frames per second are 1000 / median.

Examples:
  $ pipnet-wasm bench
  $ pipnet-wasm bench --image photo.jpg --seconds 20
  $ pipnet-wasm bench --model nano --detector facegrid
  $ pipnet-wasm bench --model wflw.safetensors --json
  $ pipnet-wasm bench --profile`;

/** `pipnet-wasm bench`: measures speed. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('measure the speed of detection and landmarks on this machine')
    .addOption(modelOption())
    .addOption(detectorOption('face detector'))
    .option('--image <file>', 'picture to measure on instead of a portrait in 640 x 480 pixels')
    .addOption(parsed('--seconds <n>', 'how long to measure', number(0.001, 3600)).default(6))
    .addOption(parsed('--threads <n>', 'threads that share the work', wholeNumber(1, 16)).default(1))
    .option('--profile', "show each layer's algorithm, time, speed and share instead")
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ model, detector, image, seconds, threads, profile, json }: Options): Promise<void> {
  const pixels = image === undefined ? onWaves(await readImage(PORTRAIT), 640, 480) : await readImage(image);
  const pipnet = await loadPipnet({ model, detector, threads });
  if (profile) {
    const layers = profileOf(pipnet);
    console.log(json ? JSON.stringify({ schemaVersion: 1, layers }) : profileTable(layers).join('\n'));
    return pipnet.dispose();
  }
  const found = (await pipnet.detectBoxes(pixels)).map(({ box }) => box);
  const boxes = found.length > 0 ? found : [centralBox(pixels)];

  const { Bench } = await import('tinybench');
  const bench = new Bench({ time: (seconds * 1000) / 3, iterations: 5, warmupTime: 0, warmupIterations: 3, throws: true });
  bench.add('detector', () => pipnet.detectBoxes(pixels));
  bench.add('landmarks of one face', () => pipnet.landmarks(pixels, boxes[0]));
  bench.add(`detector and landmarks of ${boxes.length === 1 ? 'one face' : `${boxes.length} faces`}`, async () => {
    await pipnet.detectBoxes(pixels);
    await pipnet.detect(pixels, { boxes });
  });
  await bench.run();

  const { backbone, landmarks, kernels, threads: running } = pipnet.info();
  pipnet.dispose();
  const picture = { image: image ?? 'portrait', width: pixels.width, height: pixels.height, faces: found.length };
  const machine = { runtime: runtimeName(), cpu: cpus()[0]?.model.trim() ?? 'unknown', kernels, threads: running };
  const timings = bench.tasks.map(timing);
  if (json) console.log(JSON.stringify({ schemaVersion: 1, ...machine, backbone, landmarks, picture, timings }));
  else {
    console.log(`${machine.runtime} on ${machine.cpu}, ${kernels} kernels, ${running === 1 ? 'one thread' : `${running} threads`}`);
    console.log(`${backbone}, ${landmarks} landmarks; ${picture.image} of ${picture.width}x${picture.height}, ${facesText(found, boxes)}`);
    console.log(['', ...table(timings)].join('\n'));
  }
}

function facesText(found: Box[], [{ x, y, width, height }]: Box[]): string {
  if (found.length > 0) return found.length === 1 ? '1 face' : `${found.length} faces`;
  return `no face found: landmarks in the fixed box ${x},${y} ${width}x${height}`;
}

function timing({ name, result }: Task): Timing {
  const { samples } = result!.latency;
  const round = (value: number) => Number(value.toFixed(3));
  const middle = median(samples);
  return { name, framesPerSecond: round(1000 / middle), median: round(middle), p95: round(quantile(samples, 0.95)), runs: samples.length };
}

function table(timings: Timing[]): string[] {
  const rows = timings.map(({ name, framesPerSecond, median, p95, runs }) => [
    name,
    framesPerSecond.toFixed(1),
    median.toFixed(2),
    p95.toFixed(2),
    String(runs),
  ]);
  return alignColumns([['', 'frames/s', 'median ms', 'p95 ms', 'runs'], ...rows], [1, 2, 3, 4]);
}

function profileTable(layers: LayerProfile[]): string[] {
  const total = layers.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rows = layers.map(({ layer, algorithm, milliseconds, gflops }) => [
    layer,
    algorithm,
    milliseconds.toFixed(3),
    gflops.toFixed(1),
    `${((100 * milliseconds) / total).toFixed(1)} %`,
  ]);
  return alignColumns([['layer', 'algorithm', 'ms', 'GFLOP/s', 'share'], ...rows, ['all', '', total.toFixed(3), '', '']], [2, 3, 4]);
}

function runtimeName(): string {
  const { bun, deno } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${process.version}` : `Deno ${deno}`;
}

/** A picture before smooth waves of colour, in which nothing looks like a face. */
function onWaves(picture: Pixels, width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    data[i] = 128 + 100 * Math.sin(x / (20 + 5 * (i % 3))) * Math.cos(y / 30);
  }
  const channels = bytesPerPixel(picture);
  const [left, top] = [(width - picture.width) >> 1, (height - picture.height) >> 1];
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const from = (y * picture.width + x) * channels;
      data.set(picture.data.subarray(from, from + 3), ((top + y) * width + left + x) * 3);
    }
  }
  return { data, width, height };
}

function centralBox({ width, height }: Pixels): Box {
  const side = Math.min(FACE_SIZE, width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), width: side, height: side };
}
