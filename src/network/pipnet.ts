import { ArgumentError } from '../base/errors.ts';
import { wholeNumber } from '../base/options.ts';
import { NetworkBuilder, type LayerId, type Network } from './graph.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { mobilenetV3 } from './mobilenet-v3.ts';
import { resnet } from './resnet.ts';

/** Appends a backbone to a network: from a picture to features at stride 32. */
type BuildBackbone = (net: NetworkBuilder, image: LayerId) => LayerId;

/** By the authors' names. */
const BUILDERS = {
  resnet18: (net, image) => resnet(net, image, 18),
  resnet50: (net, image) => resnet(net, image, 50),
  resnet101: (net, image) => resnet(net, image, 101),
  mobilenet_v2: mobilenetV2,
  mobilenet_v3: mobilenetV3,
} satisfies Record<string, BuildBackbone>;
/** A backbone, by the authors' name. */
export type Backbone = keyof typeof BUILDERS;
export const BACKBONES = Object.keys(BUILDERS) as Backbone[];

/** Input pixels per cell of the score map. */
export const STRIDES = [32, 64, 128] as const;
/** Pixels of the crop per cell of the score map. */
export type Stride = (typeof STRIDES)[number];

/** Which network: its `backbone`, the `stride` of its score maps, and for how many `landmarks` it has one. */
export interface Architecture {
  backbone: Backbone;
  stride: Stride;
  landmarks: number;
  /** Neighbours that each landmark also predicts (NRM, section 3.2). */
  neighbours: number;
}

/** Width of the extra stride-2 convolutions that make strides 64 and 128. */
const EXTRA_CHANNELS = 512;

/** Bounds on what an untrusted model file may ask for. */
const MAX_LANDMARKS = 1000;

/**
 * PIPNet (Jin, Liao, Shao 2021, section 3.1): input 3 x H x W, outputs `cls`, `x`, `y` with one channel per landmark and
 * `nb_x`, `nb_y` with `neighbours` channels per landmark, each H / stride x W / stride; `features` is what they are computed from.
 *
 * @throws ArgumentError for an unknown backbone or stride, or counts out of range
 */
export function pipnet({ backbone, stride, landmarks, neighbours }: Architecture): Network {
  if (!BACKBONES.includes(backbone)) throw new ArgumentError(`unknown backbone "${backbone}": use one of ${BACKBONES.join(', ')}`);
  if (!STRIDES.includes(stride)) throw new ArgumentError(`unknown stride ${stride}: use one of ${STRIDES.join(', ')}`);
  wholeNumber(1, MAX_LANDMARKS)(landmarks, 'landmark count');
  if (!Number.isInteger(neighbours) || neighbours < 0 || neighbours >= landmarks) {
    throw new ArgumentError(`neighbour count ${neighbours} is not a whole number from 0 to ${landmarks - 1}, one less than the landmarks`);
  }

  const net = new NetworkBuilder();
  let x: LayerId = BUILDERS[backbone](net, net.input(3));
  for (let reached = 32, index = 5; reached < stride; reached *= 2, index++) {
    x = net.convolution(x, `layer${index}`, EXTRA_CHANNELS, { norm: `bn${index}`, bias: true, kernel: 3, stride: 2, activation: 'relu' });
  }
  const perMap = { cls: 1, x: 1, y: 1, nb_x: neighbours, nb_y: neighbours };
  const outputs: Record<string, number> = { features: x };
  for (const [map, count] of Object.entries(perMap)) {
    if (count > 0) outputs[map] = net.convolution(x, `${map}_layer`, landmarks * count);
  }
  return { layers: net.layers, outputs };
}
