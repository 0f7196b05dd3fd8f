// Batches for a detector's training, made by threads ahead of their use.
import type { Batches } from '../base/batch.ts';
import type { DetectionBatch } from '../base/detection.ts';
import { randomFrom, shuffled } from '../base/random.ts';
import { makeAhead } from './make-ahead.ts';
import { type SceneJob, SceneRenderer, type SceneSetup } from './scene.ts';
import { Threads } from './threads.ts';

/**
 * A source of mosaics in which each picture is the first part of one mosaic an epoch.
 *
 * @param workers threads that make batches; 0 makes each when it is asked for
 */
export function openScenes(setup: SceneSetup, batch: number, workers: number): Batches<DetectionBatch> {
  const { pictures, seed } = setup;
  const batches = Math.ceil(pictures.length / batch);
  const threads = workers > 0 ? new Threads('scene-worker', setup, workers) : undefined;
  const alone = threads ? undefined : new SceneRenderer(setup);
  return {
    batches,
    epoch(epoch) {
      const order = shuffled(pictures.length, randomFrom(seed, epoch));
      const jobs = Array.from({ length: batches }, (_, i): SceneJob => {
        const first = i * batch;
        return { epoch, first, indices: Int32Array.from({ length: batch }, (_, k) => order[(first + k) % order.length]) };
      });
      return makeAhead(jobs, workers, (job) => threads?.send<DetectionBatch>(job) ?? alone!.render(job));
    },
    async dispose() {
      await threads?.dispose();
    },
  };
}
