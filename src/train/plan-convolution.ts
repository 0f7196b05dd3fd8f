/**
 * Calls of a convolution with batch norm, forward and backward side by side. Three kinds:
 *
 *   pointwise   1x1, stride 1: bands of pixels over all samples
 *   depthwise   bands of rows of one sample
 *   sliding     any other: bands of rows of one sample, through columns (im2col) where channels are few, and backward
 */
import type { Convolution, LayerId } from '../network/graph.ts';
import { ACTIVATION_CODES } from '../wasm/kernels.ts';
import type { Place } from '../schedule/calls.ts';
import { after } from './draft.ts';
import { outputLength, type Output, type Plan } from './plan.ts';

/** Floats that a band's operands should not exceed together: half of a usual L2. */
const BAND_FLOATS = 128 << 10 >> 1;
const MIN_PIXELS = 64;
const MAX_PIXELS = 512;

/** Pixels for which the GEMM kernel uses a panel of weights before the next. */
const GEMM_BLOCK = 64;

/** With fewer channels, tap by tap costs more than through columns. */
const FEW_CHANNELS = 8;

const { none: NONE } = ACTIVATION_CODES;

export function forwardConvolution(plan: Plan, id: LayerId, layer: Convolution, input: Output): Output {
  if (layer.norm === undefined) throw new Error(`${layer.name} has no batch norm`);
  const { draft } = plan;
  const { name, channels } = layer;
  const output: Output = { layer: name, height: outputLength(input.height, layer), width: outputLength(input.width, layer), channels };
  output.z = draft.block(plan.pixels(output) * channels);
  output.norm = plan.normFor(layer);
  plan.clearSums(output);
  KINDS[kindOf(layer)].forward(plan, layer, input, output);
  plan.finishNorm(id, layer, output);
  return output;
}

export function backwardConvolution(plan: Plan, id: LayerId, layer: Convolution, output: Output, gradient: Place): void {
  const input = plan.outputs.get(layer.input)!;
  const needsInput = plan.network.layers[layer.input].op !== 'input';
  if (plan.isLazy(layer.input)) {
    plan.clearSums(input);
    input.norm!.summed = true;
  }
  KINDS[kindOf(layer)].backward(plan, layer, input, output, gradient, needsInput);
}

interface Kind {
  forward(plan: Plan, layer: Convolution, input: Output, output: Output): void;
  backward(plan: Plan, layer: Convolution, input: Output, output: Output, gradient: Place, needsInput: boolean): void;
}

function kindOf({ depthwise, kernel, stride }: Convolution): keyof typeof KINDS {
  if (depthwise) return 'depthwise';
  return kernel === 1 && stride === 1 ? 'pointwise' : 'sliding';
}

const KINDS = {
  pointwise: {
    forward(plan, layer, input, output) {
      const { draft, weights } = plan;
      const { channels, inputChannels } = layer;
      const multiply = gemm(plan);
      const step = bandPixels(channels + inputChannels);
      const scratch = input.y ?? draft.block(step * inputChannels);
      plan.bands(output, (pixel, count) => {
        const x = bandOf(plan, input, scratch, pixel, count);
        const z = after(output.z!, pixel * channels);
        multiply(z, channels, x, inputChannels, 0, weights.packed.get(layer)!.forward, biasOf(plan, layer), count);
        draft.call('normSums', output.norm!.sums, z, count, channels);
      }, step);
    },

    backward(plan, layer, input, output, gradient) {
      const { draft, weights } = plan;
      const { channels, inputChannels } = layer;
      const multiply = gemm(plan);
      const step = bandPixels(channels + 2 * inputChannels);
      const scratch = input.y ?? draft.block(step * inputChannels);
      const dz = draft.block(step * channels);
      const { place, fresh, addend } = plan.targetGradient(layer.input);
      const part = fresh ? undefined : draft.block(step * inputChannels);
      plan.bands(output, (pixel, count) => {
        normBackward(plan, output, gradient, dz, pixel, count);
        const x = bandOf(plan, input, scratch, pixel, count);
        draft.call('weightGradient', gradientAddress(plan, layer), dz, x, count, channels, inputChannels);
        const dx = after(place, pixel * inputChannels);
        multiply(part ?? dx, inputChannels, dz, channels, addend ? after(addend, pixel * inputChannels) : 0, weights.packed.get(layer)!.backward, weights.zeros, count);
        if (part) draft.call('add', dx, part, count * inputChannels);
        if (plan.isLazy(layer.input)) plan.sumBackward(input, place, pixel, count);
      }, step);
    },
  },

  depthwise: {
    forward(plan, layer, input, output) {
      const { draft, weights } = plan;
      const { kernel, stride, padding, channels } = layer;
      const rows = bandRows(output, 2 * channels);
      const read = sampleReader(plan, input);
      for (let s = 0; s < plan.samples; s++) {
        const sample = read(s);
        const first = s * output.height * output.width;
        for (let begin = 0; begin < output.height; begin += rows) {
          const end = Math.min(begin + rows, output.height);
          sample.need((end - 1) * stride - padding + kernel);
          draft.call(
            'depthwise', after(output.z!, first * channels), sample.place, weights.packed.get(layer)!.forward, biasOf(plan, layer),
            input.height, input.width, channels, kernel, stride, padding, output.width, NONE, begin, end,
          );
          sumRows(plan, output, first + begin * output.width, (end - begin) * output.width);
        }
      }
    },

    backward(plan, layer, input, output, gradient) {
      const { draft, weights } = plan;
      const { kernel, stride, padding, channels } = layer;
      const rows = bandRows(output, 3 * channels);
      const read = sampleReader(plan, input);
      const dz = draft.block(output.height * output.width * channels);
      const { place, fresh, addend } = plan.targetGradient(layer.input);
      if (addend) draft.call('copy', place, addend, plan.pixels(input) * channels * 4);
      const part = fresh && !addend ? undefined : draft.block(input.height * input.width * channels);
      for (let s = 0; s < plan.samples; s++) {
        const sample = read(s);
        const firstOut = s * output.height * output.width;
        const firstIn = s * input.height * input.width;
        let made = 0;
        let done = 0;
        for (let begin = 0; begin < output.height; begin += rows) {
          const end = Math.min(begin + rows, output.height);
          // Rows of dx that read output rows below `ahead` only.
          const last = end === output.height;
          const dxEnd = last ? input.height : Math.min(input.height, end * stride);
          const ahead = last ? output.height : Math.min(output.height, Math.floor((dxEnd - 1 + padding) / stride) + 1);
          if (ahead > made) {
            const pixel = firstOut + made * output.width;
            normBackward(plan, output, gradient, after(dz, made * output.width * channels), pixel, (ahead - made) * output.width);
            made = ahead;
          }
          sample.need((end - 1) * stride - padding + kernel);
          draft.call(
            'depthwiseWeightGradient', gradientAddress(plan, layer), dz, sample.place,
            input.height, input.width, channels, kernel, stride, padding, output.width, begin, end,
          );
          const target = part ?? after(place, firstIn * channels);
          const { backward } = weights.packed.get(layer)!;
          if (stride === 1) {
            draft.call(
              'depthwise', target, dz, backward, weights.zeros,
              output.height, output.width, channels, kernel, 1, kernel - 1 - padding, input.width, NONE, done, dxEnd,
            );
          } else {
            draft.call(
              'depthwiseInputGradient', target, dz, backward,
              input.width, channels, kernel, stride, padding, output.height, output.width, done, dxEnd,
            );
          }
          const pixel = firstIn + done * input.width;
          const count = (dxEnd - done) * input.width;
          if (part) draft.call('add', after(place, pixel * channels), after(part, done * input.width * channels), count * channels);
          if (plan.isLazy(layer.input)) plan.sumBackward(input, place, pixel, count);
          done = dxEnd;
        }
      }
    },
  },

  sliding: {
    forward(plan, layer, input, output) {
      const { draft, weights } = plan;
      const { kernel, stride, padding, channels, inputChannels } = layer;
      const taps = kernel * kernel;
      const depth = taps * inputChannels;
      const few = inputChannels < FEW_CHANNELS;
      const rows = bandRows(output, (few ? depth : inputChannels * stride) + channels);
      const multiply = gemm(plan);
      const read = sampleReader(plan, input);
      const columns = few ? draft.block(rows * output.width * depth) : undefined;
      const pointers = draft.block((GEMM_BLOCK + 3) * taps);
      const { forward } = weights.packed.get(layer)!;
      for (let s = 0; s < plan.samples; s++) {
        const sample = read(s);
        const first = s * output.height * output.width;
        for (let row = 0; row < output.height; row += rows) {
          const end = Math.min(row + rows, output.height);
          sample.need((end - 1) * stride - padding + kernel);
          const begin = row * output.width;
          const count = end * output.width - begin;
          const z = after(output.z!, (first + begin) * channels);
          if (columns) {
            draft.call('im2col', columns, sample.place, input.height, input.width, inputChannels, kernel, stride, padding, output.width, begin, begin + count);
            multiply(z, channels, columns, depth, 0, forward, biasOf(plan, layer), count);
          } else {
            draft.call(
              'convolution', after(output.z!, first * channels), channels, sample.place, inputChannels, 0, 0, forward, biasOf(plan, layer), weights.zeros, pointers,
              input.height, input.width, inputChannels, kernel, stride, padding, output.width, channels, NONE, GEMM_BLOCK, begin, begin + count,
            );
          }
          sumRows(plan, output, first + begin, count);
        }
      }
    },

    backward(plan, layer, input, output, gradient, needsInput) {
      const { draft, weights } = plan;
      const { kernel, stride, padding, channels, inputChannels } = layer;
      const depth = kernel * kernel * inputChannels;
      const rows = bandRows(output, depth + channels);
      const multiply = gemm(plan);
      const read = sampleReader(plan, input);
      const columns = draft.block(rows * output.width * depth);
      const dz = draft.block(rows * output.width * channels);
      const target = needsInput ? plan.addableGradient(layer.input) : undefined;
      for (let s = 0; s < plan.samples; s++) {
        const sample = read(s);
        const firstIn = s * input.height * input.width;
        for (let row = 0; row < output.height; row += rows) {
          const end = Math.min(row + rows, output.height);
          sample.need((end - 1) * stride - padding + kernel);
          const begin = row * output.width;
          const count = end * output.width - begin;
          normBackward(plan, output, gradient, dz, s * output.height * output.width + begin, count);
          draft.call('im2col', columns, sample.place, input.height, input.width, inputChannels, kernel, stride, padding, output.width, begin, begin + count);
          draft.call('weightGradient', gradientAddress(plan, layer), dz, columns, count, channels, depth);
          if (!target) continue;
          multiply(columns, depth, dz, channels, 0, weights.packed.get(layer)!.backward, weights.zeros, count);
          draft.call(
            'col2im', after(target, firstIn * inputChannels), columns,
            input.height, input.width, inputChannels, kernel, stride, padding, output.width, begin, begin + count,
          );
        }
        if (plan.isLazy(layer.input)) {
          for (let y = 0; y < input.height; y += rows) {
            plan.sumBackward(input, target!, firstIn + y * input.width, (Math.min(y + rows, input.height) - y) * input.width);
          }
        }
      }
    },
  },
} satisfies Record<string, Kind>;

/** Returns a function that adds out = x * packed weights + bias + residual, for dense rows. */
export function gemm({ draft, weights }: Plan) {
  const pointers = draft.block(GEMM_BLOCK + 3);
  return (out: Place, channels: number, x: Place, depth: number, residual: Place | 0, packed: number, bias: number, pixels: number) => {
    draft.call(
      'convolution', out, channels, x, depth, residual, residual ? channels : 0, packed, bias, weights.zeros, pointers,
      1, pixels, depth, 1, 1, 0, pixels, channels, NONE, GEMM_BLOCK, 0, pixels,
    );
  };
}

/** A band of an input's pixels: where they lie, or made in `scratch`. */
function bandOf({ draft }: Plan, { y, z, norm, channels }: Output, scratch: Place, pixel: number, count: number): Place {
  if (y) return after(y, pixel * channels);
  draft.call('normApply', scratch, after(z!, pixel * channels), 0, norm!.state, count, channels, norm!.activation);
  return scratch;
}

/** Gives samples one by one; rows of a sample are there once they have been asked for. */
function sampleReader({ draft }: Plan, { y, z, norm, height, width, channels }: Output) {
  const floats = height * width * channels;
  const scratch = y ? undefined : draft.block(floats);
  return (sample: number): { place: Place; need(rows: number): void } => {
    let made = 0;
    return {
      place: scratch ?? after(y!, sample * floats),
      need(rows) {
        const end = Math.min(rows, height);
        if (!scratch || end <= made) return;
        const from = made * width * channels;
        draft.call('normApply', after(scratch, from), after(z!, sample * floats + from), 0, norm!.state, (end - made) * width, channels, norm!.activation);
        made = end;
      },
    };
  };
}

function sumRows({ draft }: Plan, { z, norm, channels }: Output, pixel: number, count: number): void {
  draft.call('normSums', norm!.sums, after(z!, pixel * channels), count, channels);
}

/** The gradient before the batch norm, of a band of pixels. */
function normBackward({ draft }: Plan, { z, norm, channels }: Output, gradient: Place, dz: Place, pixel: number, count: number): void {
  draft.call('normBackward', dz, after(gradient, pixel * channels), after(z!, pixel * channels), norm!.state, count, channels, norm!.activation);
}

function gradientAddress({ weights, vectors }: Plan, { name }: Convolution): number {
  return weights.address(`${name}.weight`, vectors.gradients);
}

/** A bias before a batch norm has no effect but on the running mean; its gradient is 0 and isn't computed. */
function biasOf({ weights }: Plan, { name, bias }: Convolution): number {
  return bias ? weights.address(`${name}.bias`) : weights.zeros;
}

function bandPixels(floatsPerPixel: number): number {
  return Math.max(MIN_PIXELS, Math.min(MAX_PIXELS, Math.floor(BAND_FLOATS / floatsPerPixel / 16) * 16));
}

function bandRows({ height, width }: Output, floatsPerPixel: number): number {
  return Math.max(1, Math.min(height, Math.floor(BAND_FLOATS / floatsPerPixel / width)));
}
