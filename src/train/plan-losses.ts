import type { Place } from '../schedule/calls.ts';
import { F32 } from '../wasm/kernels.ts';
import { after } from './draft.ts';
import { gemm } from './plan-convolution.ts';
import type { Output, Plan } from './plan.ts';
import type { Convolution } from '../network/graph.ts';

/** The parts of the loss, in the order of `LossTensors.losses` and `.shares`: score maps at three scales, then offsets. */
export const LOSS_PARTS = ['cls1', 'cls2', 'cls3', 'x', 'y', 'nb_x', 'nb_y'] as const;

/** Offset maps and the axis that each is about. */
const OFFSET_MAPS = [['x', 0], ['y', 1], ['nb_x', 0], ['nb_y', 1]] as const;

/** Addresses of what a thread's losses read and write. */
export interface LossTensors {
  landmarks: number;
  neighbours: number;
  /** [samples, landmarks, 2] */
  points: number;
  /** [LOSS_PARTS][samples] what a term weighs, see assembly/train/pip-loss-f32.ts. */
  shares: number;
  /** [LOSS_PARTS] doubles */
  losses: number;
  /** [landmarks] the landmarks themselves, then [landmarks, neighbours], i32. */
  subjects: number;
  neighbourSubjects: number;
  /** Whether score maps of the features' 2x2 max-pools count too (self-training with curriculum, section 3.3). */
  scales: 1 | 3;
}

/**
 * Head and losses: the score maps densely, offsets only in the cells where they count. Returns the gradient of the
 * features; the head's parameters get theirs.
 */
export function planLosses(plan: Plan, tensors: LossTensors): Place {
  const { draft, network, weights, vectors, samples } = plan;
  const { landmarks, neighbours, points, losses, scales } = tensors;
  const features = plan.outputs.get(network.outputs.features)!;
  const shares = (part: (typeof LOSS_PARTS)[number]) => tensors.shares + LOSS_PARTS.indexOf(part) * samples * F32;
  const loss = (part: (typeof LOSS_PARTS)[number]) => losses + LOSS_PARTS.indexOf(part) * 8;

  draft.begin('cls_layer', 'loss');
  draft.call('fill', losses, 0, LOSS_PARTS.length * 8);
  const levels = [features];
  while (levels.length < scales) levels.push(pool(plan, levels.at(-1)!));
  const layer = network.layers[network.outputs.cls] as Convolution;
  const { forward, backward } = weights.packed.get(layer)!;
  const gradients = levels.map((level, i) => {
    const multiply = gemm(plan);
    const pixels = plan.pixels(level);
    const scores = draft.block(pixels * landmarks);
    const dscores = draft.block(pixels * landmarks);
    const part = LOSS_PARTS[i];
    multiply(scores, landmarks, level.y!, level.channels, 0, forward, weights.address('cls_layer.bias'), pixels);
    draft.call('scoreLoss', loss(part), dscores, scores, points, shares(part), samples, level.height, level.width, landmarks);
    draft.call('weightGradient', weights.address('cls_layer.weight', vectors.gradients), dscores, level.y!, pixels, landmarks, level.channels);
    draft.call('columnSums', weights.address('cls_layer.bias', vectors.gradients), dscores, pixels, landmarks);
    const dlevel = draft.block(pixels * level.channels);
    multiply(dlevel, level.channels, dscores, landmarks, 0, backward, weights.zeros, pixels);
    return dlevel;
  });
  for (let i = levels.length - 1; i > 0; i--) poolBackward(plan, levels[i - 1], gradients[i - 1], levels[i], gradients[i]);

  for (const [map, axis] of OFFSET_MAPS) {
    const places = map.startsWith('nb') ? neighbours : 1;
    if (places === 0) continue;
    const name = `${map}_layer`;
    draft.begin(name, 'loss');
    draft.call(
      'offsetLoss', loss(map), gradients[0], weights.address(`${name}.weight`, vectors.gradients), weights.address(`${name}.bias`, vectors.gradients),
      features.y!, weights.address(`${name}.weight`), weights.address(`${name}.bias`), points,
      map.startsWith('nb') ? tensors.neighbourSubjects : tensors.subjects, shares(map),
      samples, features.height, features.width, features.channels, landmarks, places, axis,
    );
  }
  return gradients[0];
}

const POOL = 2;

function pool({ draft, samples }: Plan, { layer, height, width, channels, y }: Output): Output {
  const small = { layer, height: Math.floor(height / POOL), width: Math.floor(width / POOL), channels };
  const out = draft.block(samples * small.height * small.width * channels);
  for (let s = 0; s < samples; s++) {
    draft.call(
      'maxPool', after(out, s * small.height * small.width * channels), after(y!, s * height * width * channels),
      height, width, channels, POOL, POOL, 0, small.width, 0, small.height,
    );
  }
  return { ...small, y: out };
}

function poolBackward({ draft, samples }: Plan, large: Output, dlarge: Place, small: Output, dsmall: Place): void {
  const { channels } = large;
  for (let s = 0; s < samples; s++) {
    const ofLarge = (place: Place) => after(place, s * large.height * large.width * channels);
    const ofSmall = (place: Place) => after(place, s * small.height * small.width * channels);
    draft.call(
      'maxPoolBackward', ofLarge(dlarge), ofSmall(dsmall), ofLarge(large.y!), ofSmall(small.y!),
      large.height, large.width, channels, POOL, POOL, 0, small.height, small.width,
    );
  }
}
