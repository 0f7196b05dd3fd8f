/**
 * Long use: tens of thousands of calls of one instance, and hundreds of instances one after the other. Tells what the
 * JavaScript heap, linear memory and the process's memory do meanwhile; fails if one of them grows. README.md has figures.
 *
 *   node --expose-gc test/soak/main.js [--landmarks n] [--detections n] [--cycles n] [--minutes n]      after `npm run build`
 */
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadPipnet } from '../../dist/runtimes/node/index.js';

/** What the heap and the process may differ by from one garbage collection to the next. */
const HEAP_TOLERANCE = 2e6;
const PROCESS_TOLERANCE = 60e6;

/** This share of a part, at most a hundred calls, warms up caches and the compiler, and is not measured. */
const WARM_UP = 0.1;
const MAX_WARM_UP = 100;

/** How often memory is looked at in between. */
const SAMPLES = 20;

const LARGEST = 480;

const { values } = parseArgs({
  options: { landmarks: { type: 'string' }, detections: { type: 'string' }, cycles: { type: 'string' }, minutes: { type: 'string' } },
});
const count = (name, otherwise) => Number(values[name] ?? otherwise);
const end = performance.now() + count('minutes', 60) * 60_000;

const bytes = new Uint8Array(LARGEST * LARGEST * 3).map((_, i) => (i * 31) & 255);
const picture = (width, height) => ({ data: bytes.subarray(0, width * height * 3), width, height });
const box = { x: 80, y: 40, width: 150, height: 160 };

const pipnet = await loadPipnet();
const linear = () => pipnet.info().memoryBytes;
await soak('landmark calls', count('landmarks', 20_000), () => pipnet.landmarks(picture(320, 240), box, { refine: false }), linear);
// Every score counts, so that faces are decoded too; sides follow no order and come again.
const side = (i, factor) => 32 + ((i * factor) % (LARGEST - 31));
await pipnet.detectBoxes(picture(LARGEST, LARGEST));
await soak(
  'detections of changing sizes',
  count('detections', 3_000),
  (i) => pipnet.detectBoxes(picture(side(i, 97), side(i, 61)), { threshold: 0 }),
  linear,
);
pipnet.dispose();
for (const threads of [1, 2]) {
  await soak(`load and dispose, ${threads} thread${threads > 1 ? 's' : ''}`, count('cycles', 500), async () => {
    const other = await loadPipnet({ threads });
    await other.landmarks(picture(320, 240), box);
    if (other.info().threads !== threads) throw new Error(`${other.info().threads} threads instead of ${threads}`);
    other.dispose();
  });
}

/** Makes the calls and compares memory at the end with memory after the first. */
async function soak(name, calls, call, linear = () => 0) {
  const warm = Math.min(MAX_WARM_UP, Math.ceil(calls * WARM_UP));
  const began = performance.now();
  const seen = [];
  let done = 0;
  while (done < calls && performance.now() < end) {
    await call(done++);
    if (done >= warm && ((done - warm) % Math.ceil((calls - warm) / SAMPLES || 1) === 0 || done === calls))
      seen.push(await measure(linear));
  }
  if (done < calls) seen.push(await measure(linear));
  const [first, last] = [seen[0], seen.at(-1)];
  const grown = {
    heap: last.heap > first.heap + HEAP_TOLERANCE,
    process: last.process > first.process + PROCESS_TOLERANCE,
    linear: last.linear !== first.linear,
  };
  const growth = Object.keys(grown).filter((kind) => grown[kind]);
  const of = (kind) =>
    `${megabytes(first[kind])} -> ${megabytes(last[kind])} (most ${megabytes(Math.max(...seen.map((memory) => memory[kind])))}) MB`;
  console.log(
    `${done} ${name} in ${((performance.now() - began) / 1000).toFixed(0)} s: heap ${of('heap')}, process ${of('process')}, linear memory ${of('linear')}${growth.length > 0 ? `; GROWN: ${growth.join(', ')}` : ''}`,
  );
  if (done < calls) console.log(`stopped after ${done} of ${calls}: out of time`);
  if (growth.length > 0 || done < calls) process.exitCode = 1;
}

async function measure(linear) {
  // Threads end, and memories go, a little later.
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await setTimeout(20);
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, process: rss, linear: linear() };
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
