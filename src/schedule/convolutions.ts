/** From a convolution to the kernel calls that compute it, divided among threads. */
import { GEMM_BLOCK, pointerBytes, product, sliding, split, type Range, type Shape } from '../engine/arguments.ts';
import { isPointwise, type PackedConvolution } from '../engine/algorithm.ts';
import { after, type Draft } from '../engine/draft.ts';
import type { Convolution } from '../network/graph.ts';
import { ACTIVATION_CODES, type Address, type Place } from '../wasm/kernels.ts';
import {
  F32,
  PANEL_CHANNELS,
  TILE_PIXELS,
  WINOGRAD_GAP,
  WINOGRAD_PLANES,
  WINOGRAD_TILE,
  WINOGRAD_WORKSPACE,
} from '../wasm/kernels/border.ts';
import type { Kernels } from '../wasm/kernels/signatures.ts';

/** A tensor in NHWC order, N = 1; `stride` floats from pixel to pixel (more than `channels` inside a concatenation). */
export interface DraftTensor extends Place, Shape {
  stride: number;
}

/** What the calls of a layer are made with. */
export interface Workshop {
  draft: Draft<Kernels>;
  threads: number;
  /** Address of zeros that stand for pixels outside a picture. */
  zeros: number;
  /** Bytes of a quantised pixel, which depend on the build of the kernels. */
  quantizedBytes(channels: number): number;
}

export interface ConvolutionTensors {
  out: DraftTensor;
  input: DraftTensor;
  residual: DraftTensor | undefined;
}

/** A usual L2. */
const CACHE_BYTES = 512 << 10;

/** Bytes of rows between two convolutions that are computed together: half of a usual L2. */
const FUSED_BYTES = 256 << 10;

/** Bytes of transformed tiles that Winograd works on at a time: they should stay in L2. */
const WINOGRAD_BYTES = 768 << 10;
const WINOGRAD_MIN_BLOCK = 16;

export function draftConvolution(workshop: Workshop, layer: Convolution, packed: PackedConvolution, tensors: ConvolutionTensors): void {
  CONVOLUTIONS[packed.algorithm](workshop, layer, packed, tensors);
}

const CONVOLUTIONS: Record<PackedConvolution['algorithm'], typeof draftConvolution> = {
  gemm({ draft, threads, zeros }, layer, { weights, bias }, tensors) {
    const { kernel, inputChannels, activation } = layer;
    const { out, input } = tensors;
    const taps = kernel * kernel;
    byPixelsOrChannels(layer, input, out.height * out.width, threads).forEach(({ pixels, channels }, thread) => {
      draft.call(
        'convolution',
        {
          ...outputs(tensors, channels.begin),
          input,
          inStride: input.stride,
          ...residuals(tensors, channels.begin),
          weights: weights + channels.begin * taps * inputChannels * F32,
          bias: bias + channels.begin * F32,
          zeros,
          pointers: draft.block(pointerBytes(taps)),
          ...sliding(layer, input, out),
          outChannels: channels.end - channels.begin,
          activation: ACTIVATION_CODES[activation],
          block: GEMM_BLOCK,
          ...pixels,
        },
        thread,
      );
    });
  },

  /** Each thread quantises the pixels that it reads. */
  gemmI8({ draft, threads, quantizedBytes }, layer, { weights, bias, quantized }, tensors) {
    const { kernel, inputChannels, activation } = layer;
    const { out, input } = tensors;
    const { scale, zeroPoint, scales, zeros } = quantized!;
    const taps = kernel * kernel;
    const pixelBytes = quantizedBytes(inputChannels);
    const inputPixels = input.height * input.width;
    byPixelsOrChannels(layer, input, out.height * out.width, threads).forEach(({ pixels, channels }, thread) => {
      const integers = draft.block(inputPixels * pixelBytes);
      const read = isPointwise(layer) ? pixels : { begin: 0, end: inputPixels };
      draft.call(
        'quantize',
        { out: integers, input, inStride: input.stride, channels: inputChannels, inverseScale: 1 / scale, zeroPoint, ...read },
        thread,
      );
      draft.call(
        'convolutionI8',
        {
          ...outputs(tensors, channels.begin),
          input: integers,
          ...residuals(tensors, channels.begin),
          weights: weights + channels.begin * taps * pixelBytes,
          scales: scales + channels.begin * F32,
          bias: bias + channels.begin * F32,
          zeros,
          pointers: draft.block(pointerBytes(taps)),
          ...sliding(layer, input, out),
          outChannels: channels.end - channels.begin,
          activation: ACTIVATION_CODES[activation],
          block: GEMM_BLOCK,
          ...pixels,
        },
        thread,
      );
    });
  },

  gemmRows({ draft, threads, zeros }, layer, { weights, bias }, tensors) {
    const { out, input } = tensors;
    split(out.height * out.width, threads, TILE_PIXELS).forEach((pixels, thread) => {
      draft.call(
        'convolutionRows',
        {
          ...outputs(tensors, 0),
          input,
          ...residuals(tensors, 0),
          weights,
          bias,
          zeros,
          ...rowsScratch(draft, layer),
          ...sliding(layer, input, out),
          outChannels: layer.channels,
          activation: ACTIVATION_CODES[layer.activation],
          block: GEMM_BLOCK,
          ...pixels,
        },
        thread,
      );
    });
  },

  winograd({ draft, threads, zeros }, layer, { weights, bias }, tensors) {
    const { inputChannels, activation } = layer;
    const { input } = tensors;
    const { height, width } = input;
    const tiles = Math.ceil(height / WINOGRAD_TILE) * Math.ceil(width / WINOGRAD_TILE);
    const weightPlane = Math.ceil(layer.channels / PANEL_CHANNELS) * PANEL_CHANNELS * inputChannels;
    byPixelsOrChannels(layer, input, tiles, threads).forEach(({ pixels, channels }, thread) => {
      const outChannels = channels.end - channels.begin;
      const tileBytes = WINOGRAD_PLANES * (inputChannels + outChannels) * F32;
      const block = Math.min(
        pixels.end - pixels.begin,
        Math.max(WINOGRAD_MIN_BLOCK, Math.floor(WINOGRAD_BYTES / tileBytes / TILE_PIXELS) * TILE_PIXELS),
      );
      const bytes = WINOGRAD_WORKSPACE + block * tileBytes + 2 * WINOGRAD_PLANES * WINOGRAD_GAP + pointerBytes(1, block);
      draft.call(
        'winograd',
        {
          ...outputs(tensors, channels.begin),
          input,
          inStride: input.stride,
          ...residuals(tensors, channels.begin),
          weights: weights + channels.begin * inputChannels * F32,
          bias: bias + channels.begin * F32,
          zeros,
          scratch: draft.block(bytes),
          height,
          width,
          channels: inputChannels,
          outChannels,
          weightPlane,
          activation: ACTIVATION_CODES[activation],
          block,
          ...pixels,
        },
        thread,
      );
    });
  },

  depthwise({ draft, threads }, layer, { weights, bias }, { out, input }) {
    split(out.height, threads).forEach((rows, thread) => {
      draft.call(
        'depthwise',
        { out, input, weights, bias, ...sliding(layer, input, out), activation: ACTIVATION_CODES[layer.activation], ...rows },
        thread,
      );
    });
  },
};

/**
 * Whether a convolution and the depthwise one that alone reads it are computed together: where its output, of this
 * height and width, would leave the cache before it is read, and the rows that are read at a time would not.
 */
export function isFused(
  first: Convolution,
  algorithm: PackedConvolution['algorithm'],
  second: Convolution,
  { height, width }: { height: number; width: number },
): boolean {
  const byRows = algorithm === 'gemmRows' || (algorithm === 'gemm' && isPointwise(first));
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
 * @param between the first convolution's output
 */
export function draftFused(
  workshop: Workshop,
  [first, firstPacked]: [Convolution, PackedConvolution],
  [second, { weights, bias }]: [Convolution, PackedConvolution],
  out: DraftTensor,
  input: DraftTensor,
  between: Shape,
): void {
  const { draft } = workshop;
  const { kernel, stride, padding, channels, activation } = second;
  const rowBytes = between.width * channels * F32;
  const bandRows = Math.max(1, Math.floor((FUSED_BYTES / rowBytes - kernel + stride) / stride));
  const bufferRows = (bandRows - 1) * stride + kernel;
  split(out.height, workshop.threads).forEach((rows, thread) => {
    const buffer = draft.block(bufferRows * rowBytes);
    const write = rowWriter(workshop, first, firstPacked, input, between, thread);
    const firstRead = (row: number) => Math.max(0, row * stride - padding);
    /** The row at the buffer's beginning, and the one behind its last. */
    let start = firstRead(rows.begin);
    let made = start;
    const place = (row: number): Place => ({ ...buffer, offset: (row - start) * rowBytes });
    for (let row = rows.begin; row < rows.end; row += bandRows) {
      const end = Math.min(row + bandRows, rows.end);
      const kept = firstRead(row);
      if (kept > start && made > kept) draft.call('copy', { out: buffer, input: place(kept), bytes: (made - kept) * rowBytes }, thread);
      start = kept;
      const needed = Math.min(between.height, (end - 1) * stride - padding + kernel);
      write({ begin: Math.max(made, kept), end: needed }, place(Math.max(made, kept)));
      made = needed;
      // The input's is the address that row 0 would have.
      draft.call(
        'depthwise',
        {
          out,
          input: place(0),
          weights,
          bias,
          ...sliding(second, between, out),
          activation: ACTIVATION_CODES[activation],
          begin: row,
          end,
        },
        thread,
      );
    }
  });
}

/** Returns what drafts some rows of a convolution, given where they go. */
function rowWriter(
  { draft, zeros }: Workshop,
  layer: Convolution,
  { algorithm, weights, bias }: PackedConvolution,
  input: DraftTensor,
  { width }: Shape,
  thread: number,
) {
  const scratch = algorithm === 'gemmRows' ? rowsScratch(draft, layer) : undefined;
  const pointers = scratch?.pointers ?? draft.block(pointerBytes(1));
  const activation = ACTIVATION_CODES[layer.activation];
  return ({ begin, end }: Range, out: Place): void => {
    const pixels = { begin: begin * width, end: end * width };
    const place = { outStride: layer.channels, residual: 0, residualStride: 0, weights, bias, zeros, activation };
    if (scratch) {
      const window = { ...sliding(layer, input, { width }), outChannels: layer.channels, block: GEMM_BLOCK };
      // The output's is the address that pixel 0 would have.
      draft.call(
        'convolutionRows',
        { out: after(out, -pixels.begin * layer.channels), input, ...place, ...scratch, ...window, ...pixels },
        thread,
      );
    } else {
      const window = product(pixels.end - pixels.begin, layer.inputChannels, layer.channels);
      draft.call(
        'convolution',
        { out, input: after(input, pixels.begin * input.stride), inStride: input.stride, ...place, pointers, ...window },
        thread,
      );
    }
  };
}

/** What `convolutionRows` works with. */
function rowsScratch(draft: Draft<Kernels>, { kernel, inputChannels }: Convolution): { pointers: Place; edges: Place } {
  const edges = draft.floats((GEMM_BLOCK + TILE_PIXELS - 1) * kernel * kernel * inputChannels);
  return { pointers: draft.block(pointerBytes(kernel)), edges };
}

/** Each thread's part: pixels where the input is larger than the weights, else output channels, so that neither is read twice needlessly. */
function byPixelsOrChannels(layer: Convolution, input: DraftTensor, pixels: number, threads: number): { pixels: Range; channels: Range }[] {
  const { kernel, channels, inputChannels } = layer;
  const all = (end: number): Range => ({ begin: 0, end });
  const weights = kernel * kernel * inputChannels * channels;
  if (input.height * input.width * inputChannels > weights)
    return split(pixels, threads, TILE_PIXELS).map((range) => ({ pixels: range, channels: all(channels) }));
  return split(channels, threads, PANEL_CHANNELS).map((range) => ({ pixels: all(pixels), channels: range }));
}

/** Where a convolution writes, and its residual, `floats` behind the tensors' beginnings. */
function outputs({ out }: ConvolutionTensors, floats: number): { out: Place; outStride: number } {
  return { out: after(out, floats), outStride: out.stride };
}
function residuals({ residual }: ConvolutionTensors, floats: number): { residual: Address; residualStride: number } {
  return residual ? { residual: after(residual, floats), residualStride: residual.stride } : { residual: 0, residualStride: 0 };
}
