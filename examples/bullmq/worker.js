// A worker: one picture at a time; start as many as there are processors, here or on other machines.
import { UnrecoverableError, Worker } from 'bullmq';
import { ImageError, loadPipnet } from 'pipnet-wasm';
import { connection, QUEUE } from './queue.js';
import { writeResult } from './write-result.js';

/**
 * Nobody else takes a picture while its lock holds. It is renewed at half its time by this thread, which is free for it
 * since pictures are looked at in another; so it needn't last as long as the slowest picture, only as long as the machine
 * may be too busy to renew it. After a worker's death its picture waits for the lock to end and for the next look at such.
 */
const lockDuration = Number(process.env.LOCK_MS ?? 30_000);

const pipnet = await loadPipnet({ worker: true });

const worker = new Worker(QUEUE, look, {
  connection,
  lockDuration,
  stalledInterval: lockDuration / 2,
  // How many workers may die with the same picture in hand, before it is taken for the reason.
  maxStalledCount: 3,
});
worker.on('error', (error) => console.error(error.message));
worker.on('failed', (job, { message }) => {
  console.error(`${job?.name}: ${message}`);
  endIfDead();
});
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end);
console.log('ready');

/** @returns where the faces are written */
async function look({ id, data: { image } }) {
  try {
    return await writeResult(id, { image, faces: await pipnet.detect(image) });
  } catch (error) {
    // What is wrong with a picture is wrong the next time.
    if (error instanceof ImageError) throw new UnrecoverableError(error.message);
    throw error;
  }
}

/** Finishes the picture in hand. */
async function end() {
  await worker.close();
  pipnet.dispose();
}

/** Whoever keeps this process running starts another one. */
function endIfDead() {
  try {
    pipnet.info();
  } catch {
    process.exit(1);
  }
}
