import { after } from '../engine/draft.ts';
import type { Convolution } from '../network/graph.ts';
import type { Place } from '../wasm/kernels.ts';
import { maxPoolBackward, pool } from './operations.ts';
import { multiplier } from './pass-convolution.ts';
import type { Pass } from './pass.ts';
import type { Objective } from './plan.ts';

/** The parts of the loss, in the order of `LossTensors.losses` and `LossInputs.shares`: score maps at three scales, then offsets. */
export const LOSS_PARTS = ['cls1', 'cls2', 'cls3', 'x', 'y', 'nb_x', 'nb_y'] as const;

/** From one score map's features to the next. */
const POOL = { kernel: 2, stride: 2, padding: 0 };

/** Offset maps and the axis that each is about. */
const OFFSET_MAPS = [
  ['x', 0],
  ['y', 1],
  ['nb_x', 0],
  ['nb_y', 1],
] as const;

/** Addresses of what a thread's losses read and write. */
export interface LossTensors {
  landmarks: number;
  neighbours: number;
  /** [LOSS_PARTS] doubles */
  losses: number;
  /** [landmarks] the landmarks themselves, then [landmarks, neighbours], i32. */
  subjects: number;
  neighbourSubjects: number;
  /** Whether score maps of the features' 2x2 max-pools count too (self-training with curriculum, section 3.3). */
  scales: 1 | 3;
}

/** What is filled before each step. */
export type LossInputs = {
  /** [samples, landmarks, 2] */
  points: Place;
  /** [LOSS_PARTS][samples] what a term weighs, see assembly/train/pip-loss-f32.ts. */
  shares: Place;
};

/** Head and losses: the score maps densely, offsets only in the cells where they count. */
export function pipLosses(tensors: LossTensors): Objective<LossInputs> {
  const { landmarks } = tensors;
  return {
    outputs: ['features'],
    inputs: (draft, samples) => ({ points: draft.floats(samples * 2 * landmarks), shares: draft.floats(samples * LOSS_PARTS.length) }),
    draft: (pass, inputs) => draftLosses(pass, tensors, inputs),
  };
}

function draftLosses(
  pass: Pass,
  { landmarks, neighbours, losses, scales, subjects, neighbourSubjects }: LossTensors,
  { points, shares: allShares }: LossInputs,
): void {
  const { draft, network, weights, samples } = pass;
  const features = pass.outputs.get(network.outputs.features)!;
  const shares = (part: (typeof LOSS_PARTS)[number]) => after(allShares, LOSS_PARTS.indexOf(part) * samples);
  const loss = (part: (typeof LOSS_PARTS)[number]) => losses + LOSS_PARTS.indexOf(part) * 8;

  draft.begin('cls_layer', 'loss');
  draft.call('fill', { out: losses, byte: 0, bytes: LOSS_PARTS.length * 8 });
  const levels = [features];
  while (levels.length < scales) levels.push(pool(pass, 'maxPool', POOL, levels.at(-1)!));
  const packed = weights.packed.get(network.layers[network.outputs.cls] as Convolution)!;
  const gradients = levels.map((level, i) => {
    const multiply = multiplier(pass);
    const { height: rows, width: columns, channels } = level;
    const pixels = pass.pixels(level);
    const scores = draft.floats(pixels * landmarks);
    const dscores = draft.floats(pixels * landmarks);
    const part = LOSS_PARTS[i];
    multiply(scores, level.y!, packed.weights, packed.bias, pixels, channels, landmarks);
    draft.call('scoreLoss', { loss: loss(part), dscores, scores, points, shares: shares(part), samples, rows, columns, landmarks });
    draft.call('weightGradient', {
      dw: pass.gradientAddress('cls_layer.weight'),
      dy: dscores,
      x: level.y!,
      pixels,
      outChannels: landmarks,
      depth: channels,
    });
    draft.call('columnSums', { sums: pass.gradientAddress('cls_layer.bias'), dy: dscores, pixels, channels: landmarks });
    const dlevel = pass.tensor(level);
    multiply(dlevel, dscores, packed.backward, weights.zeros, pixels, landmarks, channels);
    return dlevel;
  });
  for (let i = levels.length - 1; i > 0; i--) maxPoolBackward(pass, POOL, levels[i - 1], gradients[i - 1], levels[i], gradients[i]);

  const { height: rows, width: columns, channels } = features;
  for (const [map, axis] of OFFSET_MAPS) {
    const isNeighbours = map.startsWith('nb');
    const places = isNeighbours ? neighbours : 1;
    if (places === 0) continue;
    const [weight, bias] = [`${map}_layer.weight`, `${map}_layer.bias`];
    draft.begin(`${map}_layer`, 'loss');
    draft.call('offsetLoss', {
      loss: loss(map),
      dfeatures: gradients[0],
      dweights: pass.gradientAddress(weight),
      dbias: pass.gradientAddress(bias),
      features: features.y!,
      weights: weights.address(weight),
      bias: weights.address(bias),
      points,
      subjects: isNeighbours ? neighbourSubjects : subjects,
      shares: shares(map),
      samples,
      rows,
      columns,
      channels,
      landmarks,
      places,
      axis,
    });
  }
  pass.setGradient(network.outputs.features, gradients[0]);
}
