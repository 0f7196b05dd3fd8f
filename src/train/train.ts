import type { OpenedBatches } from './data/open.ts';
import { cosineRate } from './rate.ts';
import type { StepResult, Trainer } from './trainer.ts';

export interface TrainPlan {
  epochs: number;
  /** Learning rate at its highest. */
  rate: number;
  /** Epochs over which it rises, may be a fraction. */
  warmup: number;
}

export interface StepReport extends StepResult {
  /** Counted from 0, over all epochs. */
  step: number;
  epoch: number;
  rate: number;
}

export interface TrainHooks {
  onStep?: (report: StepReport) => void;
  /** After each whole epoch, with the means over those of its steps that this call took. */
  onEpoch?: (epoch: number, means: { loss: number; parts: Record<string, number> }) => Promise<void>;
  /** Asked after each step; true ends the training there. */
  isStopped?: () => boolean;
}

/**
 * Trains from the trainer's step on, which may lie in the middle of an epoch: what is left is the same, whether the
 * training was interrupted or not.
 *
 * @returns whether it came to its end
 * @throws DivergedError where the loss is no longer finite
 */
export async function train(trainer: Trainer, source: OpenedBatches, { epochs, rate, warmup }: TrainPlan, hooks: TrainHooks = {}): Promise<boolean> {
  const perEpoch = source.batches;
  const schedule = { rate, steps: epochs * perEpoch, warmup: Math.round(warmup * perEpoch) };
  for (let epoch = Math.floor(trainer.steps / perEpoch); epoch < epochs; epoch++) {
    let step = epoch * perEpoch;
    const results: StepResult[] = [];
    for await (const batch of source.epoch(epoch)) {
      // Done before the training was interrupted.
      if (step++ < trainer.steps) continue;
      const stepRate = cosineRate(step - 1, schedule);
      const result = await trainer.step(batch, stepRate);
      results.push(result);
      // Batches that arrive as fast as they are used would leave the event loop, and so signals, no turn.
      await new Promise((resolve) => setImmediate(resolve));
      hooks.onStep?.({ ...result, step: step - 1, epoch, rate: stepRate });
      if (hooks.isStopped?.() && step < (epoch + 1) * perEpoch) return false;
    }
    await hooks.onEpoch?.(epoch, meansOf(results));
    if (hooks.isStopped?.() && epoch + 1 < epochs) return false;
  }
  return true;
}

function meansOf(results: readonly StepResult[]): { loss: number; parts: Record<string, number> } {
  const mean = (value: (result: StepResult) => number) => results.reduce((sum, result) => sum + value(result), 0) / results.length;
  const names = Object.keys(results[0]?.parts ?? {}) as (keyof StepResult['parts'])[];
  return { loss: mean(({ loss }) => loss), parts: Object.fromEntries(names.map((name) => [name, mean(({ parts }) => parts[name])])) };
}
