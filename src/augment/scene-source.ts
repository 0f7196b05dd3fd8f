// Batches for a detector's training, made by threads ahead of their use.
import { Worker } from 'node:worker_threads';
import { PipnetError } from '../base/errors.ts';
import type { Batches } from '../base/batch.ts';
import type { DetectionBatch } from '../base/detection.ts';
import { randomFrom, shuffled } from '../base/random.ts';
import { workerFile } from './pool.ts';
import { type SceneJob, SceneRenderer, type SceneSetup } from './scene.ts';

/**
 * A source of mosaics in which each picture is the first part of one mosaic an epoch.
 *
 * @param workers threads that make batches; 0 makes each when it is asked for
 */
export function openScenes(setup: SceneSetup, batch: number, workers: number): Batches<DetectionBatch> {
  const { pictures, seed } = setup;
  const batches = Math.ceil(pictures.length / batch);
  const pool = workers > 0 ? startThreads(setup, workers) : undefined;
  const alone = pool ? undefined : new SceneRenderer(setup);
  const render = (job: SceneJob) => (pool ? pool.render(job) : alone!.render(job));
  return {
    batches,
    async *epoch(epoch) {
      const order = shuffled(pictures.length, randomFrom(seed, epoch));
      const pending: Promise<DetectionBatch>[] = [];
      try {
        for (let next = 0; next < batches || pending.length > 0; ) {
          while (next < batches && pending.length < (workers > 0 ? workers + 1 : 1)) {
            const first = next++ * batch;
            const job = render({ epoch, first, indices: Int32Array.from({ length: batch }, (_, k) => order[(first + k) % order.length]) });
            job.catch(() => {});
            pending.push(job);
          }
          yield await pending.shift()!;
        }
      } finally {
        await Promise.allSettled(pending);
      }
    },
    async dispose() {
      await pool?.dispose();
    },
  };
}

function startThreads(setup: SceneSetup, count: number) {
  const waiting = new Map<number, { resolve: (batch: DetectionBatch) => void; reject: (error: Error) => void }>();
  let sent = 0;
  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const threads = Array.from({ length: count }, () => {
    const worker = new Worker(workerFile('scene-worker'), { workerData: setup });
    worker.on('message', ({ id, value }: { id: number; value: DetectionBatch }) => {
      waiting.get(id)?.resolve(value);
      waiting.delete(id);
    });
    worker.on('error', ({ message }) => fail(new PipnetError(`a thread that prepares batches has died: ${message}`)));
    return worker;
  });
  return {
    render(job: SceneJob): Promise<DetectionBatch> {
      const id = sent++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        threads[id % count].postMessage({ id, job });
      });
    },
    async dispose() {
      await Promise.all(threads.map((worker) => worker.terminate()));
    },
  };
}
