import { mean } from '../base/statistics.ts';
import type { Batch, Batches } from '../base/batch.ts';
import type { EpochRecord } from './checkpoint.ts';
import { rateAt } from './rate.ts';
import type { Tasks } from '../step/criterion.ts';
import type { StepResult, Trainer } from '../step/trainer.ts';

export interface EpochPlan<Taken = Batch> {
  /** Of the whole training, which the learning rate's schedule spans. */
  epochs: number;
  /** Epoch before which this call ends; default: the last too. */
  until?: number;
  /** Learning rate at its highest. */
  rate: number;
  /** Epochs over which it rises, may be a fraction. */
  warmup: number;
  /** Epochs after which the rate falls to a tenth; without them it falls along a cosine. */
  drops?: readonly number[] | undefined;
  /** What counts for each sample of a batch; default: all that supervised training has. */
  tasks?: ((batch: Taken) => Tasks[]) | undefined;
}

/** How a step went, of `epoch` (counted from 0) and with the learning rate `rate`. */
export interface StepReport extends StepResult {
  /** Counted from 0, over all epochs. */
  step: number;
  epoch: number;
  rate: number;
}

export interface EpochHooks {
  onStep?: ((report: StepReport) => void) | undefined;
  /** After each whole epoch; means, time and speed are of those of its steps that this call took. */
  onEpoch?: ((record: EpochRecord) => Promise<void>) | undefined;
  /** Asked after each step; true ends the training there. */
  isStopped?: (() => boolean) | undefined;
}

/**
 * Trains from the trainer's step on, which may lie in the middle of an epoch: what is left is the same, whether the
 * training was interrupted or not.
 *
 * @returns whether it came to its end
 * @throws DivergedError where the loss is no longer finite
 */
export async function trainEpochs<Taken extends { images: Float32Array }>(
  trainer: Trainer<Taken>,
  source: Batches<Taken>,
  plan: EpochPlan<Taken>,
  hooks: EpochHooks = {},
): Promise<boolean> {
  const { epochs, until = epochs, rate, warmup, drops, tasks } = plan;
  const perEpoch = source.batches;
  const stepsOf = (count: number) => Math.round(count * perEpoch);
  const schedule = { rate, steps: stepsOf(epochs), warmup: stepsOf(warmup), drops: drops?.map(stepsOf) };
  for (let epoch = Math.floor(trainer.steps / perEpoch); epoch < until; epoch++) {
    let step = epoch * perEpoch;
    const results: StepResult[] = [];
    const began = performance.now();
    let images = 0;
    for await (const batch of source.epoch(epoch, trainer.size)) {
      // Done before the training was interrupted.
      if (step++ < trainer.steps) continue;
      const stepRate = rateAt(step - 1, schedule);
      const result = await trainer.step(batch, stepRate, tasks?.(batch));
      results.push(result);
      images += batch.images.length / (3 * trainer.size ** 2);
      // Batches that arrive as fast as they are used would leave the event loop, and so signals, no turn.
      await new Promise((resolve) => setImmediate(resolve));
      hooks.onStep?.({ ...result, step: step - 1, epoch, rate: stepRate });
      if (hooks.isStopped?.() && step < (epoch + 1) * perEpoch) return false;
    }
    const seconds = (performance.now() - began) / 1000;
    await hooks.onEpoch?.({ epoch: epoch + 1, steps: trainer.steps, ...meansOf(results), imagesPerSecond: images / seconds, seconds });
    if (hooks.isStopped?.() && epoch + 1 < epochs) return false;
  }
  return true;
}

function meansOf(results: readonly StepResult[]): { loss: number; parts: Record<string, number> } {
  const names = Object.keys(results[0]?.parts ?? {});
  return {
    loss: mean(results.map(({ loss }) => loss)),
    parts: Object.fromEntries(names.map((name) => [name, mean(results.map(({ parts }) => parts[name]))])),
  };
}
