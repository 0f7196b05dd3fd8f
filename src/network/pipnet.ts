import { ArgumentError } from '../base/errors.ts';
import { number, wholeNumber } from '../base/options.ts';
import type { BuildBackbone } from './backbone.ts';
import { NetworkBuilder, type LayerId, type Network } from './graph.ts';
import { MAX_DEPTH, mobilenetV2 } from './mobilenet-v2.ts';
import { mobilenetV3 } from './mobilenet-v3.ts';
import { resnet } from './resnet.ts';

/** By the authors' names. */
const BUILDERS = {
  resnet18: (net, image, options) => resnet(net, image, 18, options),
  resnet50: (net, image, options) => resnet(net, image, 50, options),
  resnet101: (net, image, options) => resnet(net, image, 101, options),
  mobilenet_v2: mobilenetV2,
  mobilenet_v3: mobilenetV3,
} satisfies Record<string, BuildBackbone>;
/** A backbone, by the authors' name. */
export type Backbone = keyof typeof BUILDERS;
export const BACKBONES = Object.keys(BUILDERS) as Backbone[];

/** Pixels of the crop per cell of the score map. */
export const STRIDES = [8, 16, 32, 64, 128] as const;
/** One of them. */
export type Stride = (typeof STRIDES)[number];

/** Which network: its `backbone`, the `stride` of its score maps, and for how many `landmarks` it has one. */
export interface Architecture {
  backbone: Backbone;
  stride: Stride;
  /** Factor on the channels of MobileNetV2, rounded to multiples of 8 (Sandler et al. 2018, section 6.1). Default 1. */
  width?: number | undefined;
  /** How many of MobileNetV2's seven stages there are, the first ones: without the last two it is half the work at stride 16. */
  depth?: number | undefined;
  /** Channels that the maps are computed from, where they aren't the backbone's own number (MobileNetV2). */
  features?: number | undefined;
  landmarks: number;
  /** Neighbours that each landmark also predicts (NRM, section 3.2). */
  neighbours: number;
}

/** Width of the extra stride-2 convolutions that make strides 64 and 128. */
const EXTRA_CHANNELS = 512;

/** The stride that backbones reach by themselves. */
const BACKBONE_STRIDE = 32;

/** The backbone whose width, depth and features can be chosen. */
const CHANGEABLE: Backbone = 'mobilenet_v2';

/** Bounds on what an untrusted model file may ask for. */
const MAX_LANDMARKS = 1000;
export const [MIN_WIDTH, MAX_WIDTH] = [0.1, 4];
export const MAX_FEATURES = 8192;

/**
 * PIPNet (Jin, Liao, Shao 2021, section 3.1): input 3 x H x W, outputs `cls`, `x`, `y` with one channel per landmark and
 * `nb_x`, `nb_y` with `neighbours` channels per landmark, each H / stride x W / stride; `features` is what they are computed from.
 * Strides 8 and 16 are those of backbones whose last stages don't stride; 64 and 128 have layers of their own.
 *
 * @throws ArgumentError for an unknown backbone or stride, or numbers out of range
 */
export function pipnet({ backbone, stride, width = 1, depth, features, landmarks, neighbours }: Architecture): Network {
  if (!BACKBONES.includes(backbone)) throw new ArgumentError(`unknown backbone "${backbone}": use one of ${BACKBONES.join(', ')}`);
  if (!STRIDES.includes(stride)) throw new ArgumentError(`unknown stride ${stride}: use one of ${STRIDES.join(', ')}`);
  number(MIN_WIDTH, MAX_WIDTH)(width, 'width');
  if (features !== undefined && !(features > 0 && features % 8 === 0 && features <= MAX_FEATURES)) {
    throw new ArgumentError(`feature count ${features} is not a multiple of 8 up to ${MAX_FEATURES}`);
  }
  if (depth !== undefined) wholeNumber(1, MAX_DEPTH)(depth, 'depth');
  if (backbone !== CHANGEABLE && (width !== 1 || depth !== undefined || features !== undefined)) {
    throw new ArgumentError(`${backbone} has a fixed width, depth and number of features: only those of ${CHANGEABLE} can be chosen`);
  }
  wholeNumber(1, MAX_LANDMARKS)(landmarks, 'landmark count');
  if (!Number.isInteger(neighbours) || neighbours < 0 || neighbours >= landmarks) {
    throw new ArgumentError(`neighbour count ${neighbours} is not a whole number from 0 to ${landmarks - 1}, one less than the landmarks`);
  }

  const net = new NetworkBuilder();
  let x: LayerId = BUILDERS[backbone](net, net.input(3), { stride: Math.min(stride, BACKBONE_STRIDE), width, depth, features });
  for (let reached = BACKBONE_STRIDE, index = 5; reached < stride; reached *= 2, index++) {
    x = net.convolution(x, `layer${index}`, EXTRA_CHANNELS, { norm: `bn${index}`, bias: true, kernel: 3, stride: 2, activation: 'relu' });
  }
  const perMap = { cls: 1, x: 1, y: 1, nb_x: neighbours, nb_y: neighbours };
  const outputs: Record<string, number> = { features: x };
  for (const [map, count] of Object.entries(perMap)) {
    if (count > 0) outputs[map] = net.convolution(x, `${map}_layer`, landmarks * count);
  }
  return { layers: net.layers, outputs };
}
