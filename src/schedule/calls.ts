/** From a layer to the kernel calls that compute it, divided among threads. Where tensors lie is decided later. */
import type { Convolution, Pool, SqueezeExcite } from '../network/graph.ts';
import { ACTIVATION_CODES, F32, PANEL_CHANNELS, TILE_PIXELS, WINOGRAD_PLANES, type KernelName } from '../wasm/kernels.ts';
import type { PackedConvolution, PackedSqueezeExcite } from './weights.ts';

/** A place in a block of the arena, which becomes an address once the arena is planned. */
export interface Place {
  block: number;
  offset: number;
}

/** A tensor in NHWC order, N = 1; `stride` floats from pixel to pixel (more than `channels` inside a concatenation). */
export interface DraftTensor extends Place {
  height: number;
  width: number;
  channels: number;
  stride: number;
}

export interface DraftCall {
  kernel: KernelName;
  args: (number | Place)[];
}

/** What the calls of a layer are made from. */
export interface Workshop {
  threads: number;
  /** Address of zeros that stand for pixels outside a picture. */
  zeros: number;
  /** Bytes of a quantised pixel, which depend on the build of the kernels. */
  quantizedBytes(channels: number): number;
  /** Scratch memory for this layer. */
  scratch(bytes: number): Place;
}

export interface ConvolutionTensors {
  out: DraftTensor;
  input: DraftTensor;
  residual: DraftTensor | undefined;
}

/** Room that some kernels read or write behind a tensor. */
export const SLACK = 16;

/** Output pixels for which a panel of weights is used before the next: a tile's inputs stay in L1, the pointer table is small. */
const GEMM_BLOCK = 64;
const pointerBytes = (block: number, taps: number) => (block + TILE_PIXELS - 1) * taps * 4;

/** Bytes of columns that im2col writes before the GEMM reads them: a part of a usual L2. */
const IM2COL_BYTES = 256 << 10;

/** Bytes of transformed tiles that Winograd works on at a time: they should stay in L2. */
const WINOGRAD_BYTES = 768 << 10;
const WINOGRAD_MIN_BLOCK = 16;
const WINOGRAD_TILE = 4;
const WINOGRAD_WORKSPACE = 6 * 6 * 16;
const WINOGRAD_PLANE_GAP = 64;

type Range = { begin: number; end: number };

/** Divides 0 .. total - 1 into at most `parts` ranges whose borders are multiples of `grain`. */
export function split(total: number, parts: number, grain = 1): Range[] {
  const share = Math.ceil(total / grain / parts) * grain;
  const ranges: Range[] = [];
  for (let begin = 0; begin < total; begin += share) ranges.push({ begin, end: Math.min(begin + share, total) });
  return ranges;
}

export function convolutionCalls(workshop: Workshop, layer: Convolution, packed: PackedConvolution, tensors: ConvolutionTensors): DraftCall[][] {
  return CONVOLUTION_CALLS[packed.algorithm](workshop, layer, packed, tensors);
}

const CONVOLUTION_CALLS: Record<PackedConvolution['algorithm'], typeof convolutionCalls> = {
  gemm({ threads, zeros, scratch }, layer, { weights, bias }, tensors) {
    const { kernel, stride, padding, inputChannels, activation } = layer;
    const { out, input } = tensors;
    const taps = kernel * kernel;
    const pixels = out.height * out.width;
    return byPixelsOrChannels(layer, input, pixels, threads, TILE_PIXELS).map(({ pixels: { begin, end }, channels }) => [
      {
        kernel: 'convolution',
        args: [
          ...outputs(tensors, channels.begin),
          at(input), input.stride,
          ...residuals(tensors, channels.begin),
          weights + channels.begin * taps * inputChannels * F32, bias + channels.begin * F32, zeros, scratch(pointerBytes(GEMM_BLOCK, taps)),
          input.height, input.width, inputChannels, kernel, stride, padding,
          out.width, channels.end - channels.begin, ACTIVATION_CODES[activation], GEMM_BLOCK, begin, end,
        ],
      },
    ]);
  },

  /** Each thread quantises the pixels that it reads. */
  gemmI8({ threads, scratch, quantizedBytes }, layer, { weights, bias, quantized }, tensors) {
    const { kernel, stride, padding, inputChannels, activation } = layer;
    const { out, input } = tensors;
    const { scale, zeroPoint, scales, zeros } = quantized!;
    const taps = kernel * kernel;
    const pixelBytes = quantizedBytes(inputChannels);
    const inputPixels = input.height * input.width;
    return byPixelsOrChannels(layer, input, out.height * out.width, threads, TILE_PIXELS).map(({ pixels: { begin, end }, channels }) => {
      const integers = scratch(inputPixels * pixelBytes);
      const read = kernel === 1 && stride === 1 ? [begin, end] : [0, inputPixels];
      return [
        { kernel: 'quantize', args: [integers, at(input), input.stride, inputChannels, 1 / scale, zeroPoint, ...read] },
        {
          kernel: 'convolutionI8',
          args: [
            ...outputs(tensors, channels.begin),
            integers,
            ...residuals(tensors, channels.begin),
            weights + channels.begin * taps * pixelBytes, scales + channels.begin * F32, bias + channels.begin * F32, zeros, scratch(pointerBytes(GEMM_BLOCK, taps)),
            input.height, input.width, inputChannels, kernel, stride, padding,
            out.width, channels.end - channels.begin, ACTIVATION_CODES[activation], GEMM_BLOCK, begin, end,
          ],
        },
      ];
    });
  },

  /** Band by band, so that the columns are still in the cache when the GEMM reads them. */
  im2col({ threads, zeros, scratch }, layer, { weights, bias }, tensors) {
    const { kernel, stride, padding, channels, inputChannels, activation } = layer;
    const { out, input } = tensors;
    const depth = kernel * kernel * inputChannels;
    const bandRows = Math.max(1, Math.floor(IM2COL_BYTES / (out.width * depth * F32)));
    return split(out.height, threads).map((rows) => {
      const columns = scratch(Math.min(bandRows, rows.end - rows.begin) * out.width * depth * F32 + SLACK);
      const pointers = scratch(pointerBytes(GEMM_BLOCK, 1));
      const calls: DraftCall[] = [];
      for (let row = rows.begin; row < rows.end; row += bandRows) {
        const begin = row * out.width;
        const count = (Math.min(row + bandRows, rows.end) - row) * out.width;
        calls.push(
          { kernel: 'im2col', args: [columns, at(input), input.height, input.width, inputChannels, kernel, stride, padding, out.width, begin, begin + count] },
          {
            kernel: 'convolution',
            args: [
              ...outputs(tensors, begin * out.stride),
              columns, depth,
              ...residuals(tensors, begin * (tensors.residual?.stride ?? 0)),
              weights, bias, zeros, pointers,
              1, count, depth, 1, 1, 0,
              count, channels, ACTIVATION_CODES[activation], GEMM_BLOCK, 0, count,
            ],
          },
        );
      }
      return calls;
    });
  },

  winograd({ threads, zeros, scratch }, layer, { weights, bias }, tensors) {
    const { inputChannels, activation } = layer;
    const { input } = tensors;
    const tiles = Math.ceil(input.height / WINOGRAD_TILE) * Math.ceil(input.width / WINOGRAD_TILE);
    const weightPlane = Math.ceil(layer.channels / PANEL_CHANNELS) * PANEL_CHANNELS * inputChannels;
    return byPixelsOrChannels(layer, input, tiles, threads, TILE_PIXELS).map(({ pixels: { begin, end }, channels }) => {
      const outChannels = channels.end - channels.begin;
      const tileBytes = WINOGRAD_PLANES * (inputChannels + outChannels) * F32;
      const block = Math.min(end - begin, Math.max(WINOGRAD_MIN_BLOCK, Math.floor(WINOGRAD_BYTES / tileBytes / TILE_PIXELS) * TILE_PIXELS));
      const bytes = WINOGRAD_WORKSPACE + block * tileBytes + 2 * WINOGRAD_PLANES * WINOGRAD_PLANE_GAP + pointerBytes(block, 1);
      return [
        {
          kernel: 'winograd',
          args: [
            ...outputs(tensors, channels.begin),
            at(input), input.stride,
            ...residuals(tensors, channels.begin),
            weights + channels.begin * inputChannels * F32, bias + channels.begin * F32, zeros, scratch(bytes),
            input.height, input.width, inputChannels, outChannels, weightPlane, ACTIVATION_CODES[activation], block, begin, end,
          ],
        },
      ];
    });
  },

  depthwise({ threads }, layer, { weights, bias }, { out, input }) {
    const { kernel, stride, padding, channels, activation } = layer;
    return split(out.height, threads).map(({ begin, end }) => [
      {
        kernel: 'depthwise',
        args: [at(out), at(input), weights, bias, input.height, input.width, channels, kernel, stride, padding, out.width, ACTIVATION_CODES[activation], begin, end],
      },
    ]);
  },
};

/** One thread's: the layer is small, and its parts depend on one another. */
export function squeezeExciteCalls({ scratch }: Workshop, layer: SqueezeExcite, packed: PackedSqueezeExcite, out: DraftTensor, input: DraftTensor): DraftCall[][] {
  const { channels, hidden, activation } = layer;
  const { squeeze, squeezeBias, excite, exciteBias } = packed;
  const args = [
    at(out), at(input), squeeze, squeezeBias, excite, exciteBias, scratch((2 * channels + hidden) * F32),
    input.height * input.width, channels, hidden, ACTIVATION_CODES[activation],
  ];
  return [[{ kernel: 'squeezeExcite', args }]];
}

export function poolCalls({ threads }: Workshop, layer: Pool, out: DraftTensor, input: DraftTensor): DraftCall[][] {
  const { op, kernel, stride, padding, channels } = layer;
  return split(out.height, threads).map(({ begin, end }) => [
    { kernel: op, args: [at(out), at(input), input.height, input.width, channels, kernel, stride, padding, out.width, begin, end] },
  ]);
}

/** Each thread's part: pixels where the input is larger than the weights, else output channels, so that neither is read twice needlessly. */
function byPixelsOrChannels(layer: Convolution, input: DraftTensor, pixels: number, threads: number, grain: number): { pixels: Range; channels: Range }[] {
  const { kernel, channels, inputChannels } = layer;
  const all = (end: number): Range => ({ begin: 0, end });
  const weights = kernel * kernel * inputChannels * channels;
  if (input.height * input.width * inputChannels > weights) return split(pixels, threads, grain).map((range) => ({ pixels: range, channels: all(channels) }));
  return split(channels, threads, PANEL_CHANNELS).map((range) => ({ pixels: all(pixels), channels: range }));
}

/** The `out` and `outStride` arguments, and those of the residual, `floats` behind the tensors' beginnings. */
function outputs({ out }: ConvolutionTensors, floats: number): (number | Place)[] {
  return [at(out, floats), out.stride];
}
function residuals({ residual }: ConvolutionTensors, floats: number): (number | Place)[] {
  return residual ? [at(residual, floats), residual.stride] : [0, 0];
}

function at({ block, offset }: DraftTensor, floats = 0): Place {
  return { block, offset: offset + floats * F32 };
}
