/** From a network to the kernel calls of one thread's part of a training step: forward pass, losses, backward pass. */
import type { Draft } from '../engine/draft.ts';
import type { LayerId, Network } from '../network/graph.ts';
import { describe, layersFor } from '../network/operations.ts';
import type { Place } from '../wasm/kernels.ts';
import type { Kernels } from './kernels.ts';
import { trained } from './operations.ts';
import { Pass, type PassOptions } from './pass.ts';

/** What a training makes smaller. */
export interface Objective<Inputs> {
  /** Outputs of the network that it reads: what they need is trained. */
  outputs: readonly string[];
  /** Blocks that are filled before a step. */
  inputs(draft: Draft<Kernels>, samples: number): Inputs;
  /** Drafts the loss and sets the outputs' gradients. */
  draft(pass: Pass, inputs: Inputs): void;
}

export interface Planned<Inputs> {
  /** [samples, size, size, 3] */
  images: Place;
  inputs: Inputs;
}

/** @param size side of the pictures */
export function planStep<Inputs>(
  options: Omit<PassOptions, 'layers' | 'asked'>,
  objective: Objective<Inputs>,
  size: number,
): Planned<Inputs> {
  const { draft, network, samples } = options;
  const layers = layersFor(network, objective.outputs);
  const pass = new Pass({ ...options, layers, asked: new Set(objective.outputs.map((name) => network.outputs[name])) });
  draft.begin('image', 'forward');
  const image = [...layers].find((id) => network.layers[id].op === 'input')!;
  const shape = { height: size, width: size, channels: network.layers[image].channels };
  const images = pass.tensor(shape);
  pass.outputs.set(image, { ...shape, y: images });
  const inputs = objective.inputs(draft, samples);

  const body = [...layers].filter((id) => id !== image);
  for (const id of body) {
    draft.begin(nameOf(network, id), 'forward');
    pass.outputs.set(id, trained(network.layers[id]).forward(pass, network.layers[id], id));
  }
  objective.draft(pass, inputs);
  for (const id of body.reverse()) {
    draft.begin(nameOf(network, id), 'backward');
    const gradient = pass.completeGradient(id);
    trained(network.layers[id]).backward(pass, network.layers[id], id, gradient);
  }
  return { images, inputs };
}

function nameOf({ layers }: Network, id: LayerId): string {
  return describe(layers[id]).name(layers[id]);
}
