// Pictures per second with one worker and with two: `node measure.js photo.jpg [--pictures 60]`.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Queue } from 'bullmq';
import { connection, jobOf } from './queue.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { pictures: { type: 'string', default: '60' } } });
if (positionals.length !== 1) throw new Error('give a picture: node measure.js photo.jpg');
const count = Number(values.pictures);

console.log('| workers | pictures/s |');
console.log('|--:|--:|');
for (const workers of [1, 2]) console.log(`| ${workers} | ${(await measure(workers)).toFixed(1)} |`);

/** @returns pictures per second, from when the workers are ready */
async function measure(workers) {
  const name = `measure-${process.pid}-${workers}`;
  const results = await mkdtemp(join(tmpdir(), 'measure-'));
  const queue = new Queue(name, { connection });
  const processes = Array.from({ length: workers }, () => startWorker({ QUEUE: name, RESULTS: results }));
  try {
    await Promise.all(processes.map(({ ready }) => ready));
    const { data } = jobOf(positionals[0]);
    const start = performance.now();
    await queue.addBulk(Array.from({ length: count }, () => ({ name: 'picture', data })));
    while ((await queue.getCompletedCount()) < count) {
      if ((await queue.getFailedCount()) > 0) throw new Error((await queue.getFailed())[0].failedReason);
      await sleep(20);
    }
    return (1000 * count) / (performance.now() - start);
  } finally {
    for (const { child } of processes) child.kill();
    await Promise.all(processes.map(({ ended }) => ended));
    await queue.obliterate({ force: true });
    await queue.close();
    await rm(results, { recursive: true });
  }
}

function startWorker(environment) {
  const script = fileURLToPath(new URL('worker.js', import.meta.url));
  const child = spawn(process.execPath, [script], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const ready = Promise.race([
    new Promise((resolve) => child.stdout.once('data', resolve)),
    ended.then((code) => Promise.reject(new Error(`a worker ended with code ${code}`))),
  ]);
  ready.catch(() => {});
  return { child, ended, ready };
}
