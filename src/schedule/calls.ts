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

/** A usual L2. */
const CACHE_BYTES = 512 << 10;

/** Bytes of rows between two convolutions that are computed together: half of a usual L2. */
const FUSED_BYTES = 256 << 10;

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
  im2col(workshop, layer, packed, tensors) {
    const { out, residual } = tensors;
    const bandRows = Math.max(1, Math.floor(IM2COL_BYTES / (out.width * depthOf(layer) * F32)));
    return split(out.height, workshop.threads).map((rows) => {
      const write = rowWriter(workshop, layer, packed, tensors.input, out.width, Math.min(bandRows, rows.end - rows.begin));
      const calls: DraftCall[] = [];
      for (let row = rows.begin; row < rows.end; row += bandRows) {
        const band = { begin: row, end: Math.min(row + bandRows, rows.end) };
        const pixel = row * out.width;
        calls.push(...write(band, outputs(tensors, pixel * out.stride), residuals(tensors, pixel * (residual?.stride ?? 0))));
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

/**
 * Whether a convolution and the depthwise one that alone reads it are computed together: where its output, of this
 * height and width, would leave the cache before it is read, and the rows that are read at a time would not.
 */
export function isFused(first: Convolution, algorithm: PackedConvolution['algorithm'], second: Convolution, { height, width }: { height: number; width: number }): boolean {
  const byRows = algorithm === 'im2col' || (algorithm === 'gemm' && first.kernel === 1 && first.stride === 1);
  const rowBytes = width * first.channels * F32;
  return byRows && height * rowBytes > CACHE_BYTES && second.kernel * rowBytes <= CACHE_BYTES;
}

/**
 * A convolution and the depthwise one that alone reads it, band by band: what lies between them never leaves the cache.
 *
 * Each thread has a buffer of a few rows of what lies between. Rows that the next band reads too move to its beginning:
 *
 *   | rows kept | rows made for this band |   ->   | rows kept | rows made for the next | ...
 *
 * @param between height and width of the first convolution's output
 */
export function fusedCalls(
  workshop: Workshop, [first, firstPacked]: [Convolution, PackedConvolution], [second, { weights, bias }]: [Convolution, PackedConvolution],
  { out, input }: ConvolutionTensors, between: { height: number; width: number },
): DraftCall[][] {
  const { kernel, stride, padding, channels, activation } = second;
  const rowBytes = between.width * channels * F32;
  const bandRows = Math.max(1, Math.floor((FUSED_BYTES / rowBytes - kernel + stride) / stride));
  const bufferRows = (bandRows - 1) * stride + kernel;
  return split(out.height, workshop.threads).map((rows) => {
    const buffer = workshop.scratch(bufferRows * rowBytes + SLACK);
    const write = rowWriter(workshop, first, firstPacked, input, between.width, bufferRows);
    const calls: DraftCall[] = [];
    const firstRead = (row: number) => Math.max(0, row * stride - padding);
    /** The row at the buffer's beginning, and the one behind its last. */
    let start = firstRead(rows.begin);
    let made = start;
    const place = (row: number): Place => ({ ...buffer, offset: (row - start) * rowBytes });
    for (let row = rows.begin; row < rows.end; row += bandRows) {
      const end = Math.min(row + bandRows, rows.end);
      const kept = firstRead(row);
      if (kept > start && made > kept) calls.push({ kernel: 'copy', args: [buffer, place(kept), (made - kept) * rowBytes] });
      start = kept;
      const needed = Math.min(between.height, (end - 1) * stride - padding + kernel);
      calls.push(...write({ begin: Math.max(made, kept), end: needed }, [place(Math.max(made, kept)), channels], [0, 0]));
      made = needed;
      calls.push({
        kernel: 'depthwise',
        // The address that row 0 would have.
        args: [at(out), place(0), weights, bias, between.height, between.width, channels, kernel, stride, padding, out.width, ACTIVATION_CODES[activation], row, end],
      });
    }
    return calls;
  });
}

/** Returns what makes calls for some rows of a convolution, at most `most` of them, given the `out` and `residual` arguments. */
function rowWriter({ zeros, scratch }: Workshop, layer: Convolution, { algorithm, weights, bias }: PackedConvolution, input: DraftTensor, width: number, most: number) {
  const { kernel, stride, padding, channels, inputChannels, activation } = layer;
  const depth = depthOf(layer);
  const columns = algorithm === 'im2col' ? scratch(most * width * depth * F32 + SLACK) : undefined;
  const pointers = scratch(pointerBytes(GEMM_BLOCK, 1));
  return ({ begin, end }: Range, out: (number | Place)[], residual: (number | Place)[]): DraftCall[] => {
    const [pixel, count] = [begin * width, (end - begin) * width];
    const product: DraftCall = {
      kernel: 'convolution',
      args: [
        ...out,
        columns ?? at(input, pixel * input.stride), columns ? depth : input.stride,
        ...residual,
        weights, bias, zeros, pointers,
        1, count, depth, 1, 1, 0,
        count, channels, ACTIVATION_CODES[activation], GEMM_BLOCK, 0, count,
      ],
    };
    if (!columns) return [product];
    const args = [columns, at(input), input.height, input.width, inputChannels, kernel, stride, padding, width, pixel, pixel + count];
    return [{ kernel: 'im2col', args }, product];
  };
}

function depthOf({ kernel, inputChannels }: Convolution): number {
  return kernel * kernel * inputChannels;
}

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
