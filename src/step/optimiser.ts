/** Adam and AdamW as PyTorch has them; the arithmetic is `adam` in assembly/train/optimise-f32.ts. */
import { known, number, oneOf, rule, type Table } from '../base/options.ts';

export const OPTIMISERS = ['adam', 'adamw'] as const;

/** How weights follow gradients. */
export interface OptimiserOptions {
  /** `adam` adds weight decay to the gradient, `adamw` takes it off the weights. */
  optimiser: (typeof OPTIMISERS)[number];
  /** Weight decay of convolutions and linear layers, not of biases and batch norms. */
  weightDecay: number;
  /** Largest norm of all gradients together, larger ones are scaled down to it; 0 for any. */
  clip: number;
  /** Decay of the weights' moving average per step, the first steps average over fewer; 0 for no average. */
  ema: number;
}

export const OPTIMISER: OptimiserOptions = { optimiser: 'adamw', weightDecay: 0, clip: 0, ema: 0 };

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

const below1 = rule<number>('a number from 0 to below 1', (value) => typeof value === 'number' && value >= 0 && value < 1);

export const OPTIMISER_OPTIONS: Table<OptimiserOptions> = {
  optimiser: oneOf(...OPTIMISERS),
  weightDecay: below1,
  clip: number(0, Infinity),
  ema: below1,
};

/**
 * The given options, the others as in `OPTIMISER`.
 *
 * @throws ArgumentError for an option outside its range
 */
export function checkOptimiser(options: Partial<OptimiserOptions>): OptimiserOptions {
  return { ...OPTIMISER, ...known(options, OPTIMISER_OPTIONS) };
}

/**
 * The kernel's settings for one step.
 *
 * @param step counted from 1
 * @param rate learning rate
 * @param decay weight decay of these parameters
 * @param norm of all gradients together
 */
export function settingsOf({ optimiser, clip }: OptimiserOptions, step: number, rate: number, decay: number, norm: number): number[] {
  const decoupled = optimiser === 'adamw';
  return [
    clip > 0 && norm > clip ? clip / norm : 1,
    decoupled ? 0 : decay,
    BETA1,
    1 - BETA1,
    BETA2,
    1 - BETA2,
    decoupled ? 1 - rate * decay : 1,
    rate / (1 - BETA1 ** step),
    1 / Math.sqrt(1 - BETA2 ** step),
    EPSILON,
  ];
}

/** How far the moving average goes towards the weights in a step: the first steps don't count what was before them. */
export function emaShare(ema: number, step: number): number {
  return 1 - Math.min(ema, (1 + step) / (10 + step));
}
