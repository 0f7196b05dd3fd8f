/**
 * Calls one instance many times and tells what linear memory and the JavaScript heap do meanwhile; fails if either grows.
 *
 *   node --expose-gc test/leak.js [calls]      after `npm run build`; 10,000 calls by default
 */
import { loadPipnet } from '../dist/platform/node.js';

/** What the heap may differ by from one garbage collection to the next. */
const HEAP_TOLERANCE = 2e6;

const calls = Number(process.argv[2] ?? 10_000);
const picture = { data: new Uint8Array(320 * 240 * 3).map((_, i) => (i * 31) & 255), width: 320, height: 240 };
const box = { x: 80, y: 40, width: 150, height: 160 };

const pipnet = await loadPipnet();
const measure = () => {
  globalThis.gc();
  return { heap: process.memoryUsage().heapUsed, linear: pipnet.info().memoryBytes };
};

let first;
for (let done = 0; done <= calls; done++) {
  await pipnet.detectBoxes(picture, { threshold: 0 });
  await pipnet.landmarks(picture, box, { refine: false });
  // The first hundred warm up caches and the compiler.
  if (done === Math.min(100, calls >> 1)) first = measure();
}
const last = measure();
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);
console.log(`${calls} calls: heap ${megabytes(first.heap)} -> ${megabytes(last.heap)} MB, linear memory ${megabytes(first.linear)} -> ${megabytes(last.linear)} MB`);
if (last.linear !== first.linear || last.heap > first.heap + HEAP_TOLERANCE) process.exitCode = 1;
pipnet.dispose();
