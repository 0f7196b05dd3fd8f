/**
 * Calls of a convolution with its batch norm and activation, forward and backward side by side. Three kinds:
 *
 *   pointwise   1x1, stride 1: bands of pixels over all samples
 *   depthwise   bands of rows of one sample
 *   windowed    any other: bands of rows of one sample, through columns (im2col) where channels are few, and backward
 */
import { isPointwise } from '../engine/algorithm.ts';
import { GEMM_BLOCK, pointerBytes, product, sliding } from '../engine/arguments.ts';
import { after } from '../engine/draft.ts';
import { ArgumentError } from '../base/errors.ts';
import type { Convolution, LayerId } from '../network/graph.ts';
import { sizeOf } from '../network/operations.ts';
import { ACTIVATION_CODES, type Address, type Place } from '../wasm/kernels.ts';
import { NONE, NORM_STATE, NORM_SUMS } from '../wasm/kernels/border.ts';
import type { Norm, Output, Pass, Trained } from './pass.ts';

/** Floats that a band's operands should not exceed together: half of a usual L2. */
const BAND_FLOATS = (128 << 10) >> 1;
const MIN_PIXELS = 64;
const MAX_PIXELS = 512;

export const convolution: Trained<Convolution> = {
  forward(pass, layer, id) {
    check(pass, layer);
    const input = pass.outputs.get(layer.input)!;
    const output: Output = { ...sizeOf(layer, input), channels: layer.channels };
    const out = pass.tensor(output);
    if (layer.norm === undefined) output.y = out;
    else {
      output.z = out;
      output.norm = normFor(pass, layer);
      pass.clearSums(output);
    }
    kindOf(pass, layer).forward(pass, layer, input, output, out);
    if (output.norm) finishNorm(pass, id, layer, output);
    return output;
  },

  /** Activation, residual and batch norm as far as they need the whole gradient, then the convolution. */
  backward(pass, layer, id, gradient) {
    const output = pass.outputs.get(id)!;
    if (output.norm) normBackwardSums(pass, layer, output, output.norm, gradient);
    else plainBackward(pass, layer, output, gradient);
    const input = pass.outputs.get(layer.input)!;
    if (pass.isLazy(layer.input)) {
      pass.clearSums(input);
      input.norm!.summed = true;
    }
    kindOf(pass, layer).backward(pass, layer, input, output, gradient);
  },
};
interface Kind {
  /** @param out where it goes: before the batch norm, or with the activation where there is none */
  forward(pass: Pass, layer: Convolution, input: Output, output: Output, out: Place): void;
  backward(pass: Pass, layer: Convolution, input: Output, output: Output, gradient: Place): void;
}

function kindOf(pass: Pass, layer: Convolution): Kind {
  if (pass.weights.packed.get(layer)!.algorithm === 'depthwise') return depthwise;
  // Windows leave out an input's gradient that nobody needs.
  return isPointwise(layer) && pass.needsGradient(layer.input) ? pointwise : windowed;
}

const pointwise: Kind = {
  forward(pass, layer, input, output, out) {
    const { draft, weights } = pass;
    const { channels, inputChannels } = layer;
    const packed = weights.packed.get(layer)!;
    const multiply = multiplier(pass);
    const step = bandPixels(channels + inputChannels);
    const scratch = input.y ?? draft.floats(step * inputChannels);
    pass.bands(
      output,
      (pixel, count) => {
        const x = bandOf(pass, input, scratch, pixel, count);
        multiply(after(out, pixel * channels), x, packed.weights, packed.bias, count, inputChannels, channels, 0, activationOf(layer));
        sumForward(pass, output, pixel, count);
      },
      step,
    );
  },

  backward(pass, layer, input, output, gradient) {
    const { draft, weights } = pass;
    const { channels, inputChannels } = layer;
    const multiply = multiplier(pass);
    const step = bandPixels(channels + 2 * inputChannels);
    const scratch = input.y ?? draft.floats(step * inputChannels);
    const dz = draft.floats(step * channels);
    const { place, fresh, addend } = pass.targetGradient(layer.input);
    const part = fresh ? undefined : draft.floats(step * inputChannels);
    pass.bands(
      output,
      (pixel, count) => {
        const dy = normBackward(pass, output, gradient, dz, pixel, count);
        const x = bandOf(pass, input, scratch, pixel, count);
        draft.call('weightGradient', {
          dw: pass.gradientAddress(`${layer.name}.weight`),
          dy,
          x,
          pixels: count,
          outChannels: channels,
          depth: inputChannels,
        });
        const dx = after(place, pixel * inputChannels);
        multiply(
          part ?? dx,
          dy,
          weights.packed.get(layer)!.backward,
          weights.zeros,
          count,
          channels,
          inputChannels,
          addend ? after(addend, pixel * inputChannels) : 0,
        );
        if (part) draft.call('add', { out: dx, input: part, length: count * inputChannels });
        if (pass.isLazy(layer.input)) pass.sumBackward(input, place, pixel, count);
      },
      step,
    );
  },
};

const depthwise: Kind = {
  forward(pass, layer, input, output, out) {
    const { kernel, stride, padding, channels } = layer;
    const { weights, bias } = pass.weights.packed.get(layer)!;
    const rows = bandRows(output, 2 * channels);
    const read = sampleReader(pass, input);
    pass.each((s, of) => {
      const sample = read(s);
      const samples = of(out, output);
      for (let begin = 0; begin < output.height; begin += rows) {
        const end = Math.min(begin + rows, output.height);
        sample.need((end - 1) * stride - padding + kernel);
        pass.draft.call('depthwise', {
          out: samples,
          input: sample.place,
          weights,
          bias,
          ...sliding(layer, input, output),
          activation: activationOf(layer),
          begin,
          end,
        });
        sumForward(pass, output, (s * output.height + begin) * output.width, (end - begin) * output.width);
      }
    });
  },

  backward(pass, layer, input, output, gradient) {
    const { draft, weights } = pass;
    const { kernel, stride, padding, channels } = layer;
    const rows = bandRows(output, 3 * channels);
    const read = sampleReader(pass, input);
    const scratch = output.norm && draft.floats(output.height * output.width * channels);
    const { place, fresh, addend } = pass.targetGradient(layer.input);
    if (addend) draft.call('copy', { out: place, input: addend, bytes: pass.pixels(input) * channels * 4 });
    const part = fresh && !addend ? undefined : draft.floats(input.height * input.width * channels);
    const { backward } = weights.packed.get(layer)!;
    pass.each((s, of) => {
      const sample = read(s);
      const firstOut = s * output.height * output.width;
      const firstIn = s * input.height * input.width;
      const dz = scratch ?? of(gradient, output);
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
          normBackward(pass, output, gradient, after(dz, made * output.width * channels), pixel, (ahead - made) * output.width);
          made = ahead;
        }
        sample.need((end - 1) * stride - padding + kernel);
        draft.call('depthwiseWeightGradient', {
          dw: pass.gradientAddress(`${layer.name}.weight`),
          dz,
          input: sample.place,
          ...sliding(layer, input, output),
          begin,
          end,
        });
        const dx = part ?? of(place, input);
        const range = { begin: done, end: dxEnd };
        if (stride === 1) {
          const turned = sliding({ kernel, stride, padding: kernel - 1 - padding }, output, input);
          draft.call('depthwise', { out: dx, input: dz, weights: backward, bias: weights.zeros, ...turned, activation: NONE, ...range });
        } else {
          draft.call('depthwiseInputGradient', {
            dx,
            dz,
            weights: backward,
            ...sliding(layer, input, output),
            outHeight: output.height,
            ...range,
          });
        }
        const pixel = firstIn + done * input.width;
        const count = (dxEnd - done) * input.width;
        if (part)
          draft.call('add', {
            out: after(place, pixel * channels),
            input: after(part, done * input.width * channels),
            length: count * channels,
          });
        if (pass.isLazy(layer.input)) pass.sumBackward(input, place, pixel, count);
        done = dxEnd;
      }
    });
  },
};

const windowed: Kind = {
  forward(pass, layer, input, output, out) {
    const { draft } = pass;
    const { kernel, stride, padding, channels, inputChannels } = layer;
    const { algorithm, weights, bias } = pass.weights.packed.get(layer)!;
    const taps = kernel * kernel;
    const depth = taps * inputChannels;
    const byColumns = algorithm === 'im2col';
    const rows = bandRows(output, (byColumns ? depth : inputChannels * stride) + channels);
    const multiply = multiplier(pass);
    const read = sampleReader(pass, input);
    const columns = byColumns ? draft.floats(rows * output.width * depth) : undefined;
    const pointers = draft.block(pointerBytes(taps));
    const window = sliding(layer, input, output);
    pass.each((s, of) => {
      const sample = read(s);
      const place = of(out, output);
      for (let row = 0; row < output.height; row += rows) {
        const lastRow = Math.min(row + rows, output.height);
        sample.need((lastRow - 1) * stride - padding + kernel);
        const [begin, end] = [row * output.width, lastRow * output.width];
        if (columns) {
          draft.call('im2col', { columns, input: sample.place, ...window, begin, end });
          multiply(after(place, begin * channels), columns, weights, bias, end - begin, depth, channels, 0, activationOf(layer));
        } else {
          draft.call('convolution', {
            out: place,
            outStride: channels,
            input: sample.place,
            inStride: inputChannels,
            residual: 0,
            residualStride: 0,
            weights,
            bias,
            zeros: pass.weights.zeros,
            pointers,
            ...window,
            outChannels: channels,
            activation: activationOf(layer),
            block: GEMM_BLOCK,
            begin,
            end,
          });
        }
        sumForward(pass, output, s * output.height * output.width + begin, end - begin);
      }
    });
  },

  backward(pass, layer, input, output, gradient) {
    const { draft, weights } = pass;
    const { kernel, stride, padding, channels, inputChannels } = layer;
    const depth = kernel * kernel * inputChannels;
    const rows = bandRows(output, depth + channels);
    const multiply = multiplier(pass);
    const read = sampleReader(pass, input);
    const columns = draft.floats(rows * output.width * depth);
    const dz = draft.floats(rows * output.width * channels);
    const target = pass.needsGradient(layer.input) ? pass.addableGradient(layer.input) : undefined;
    const window = sliding(layer, input, output);
    pass.each((s, of) => {
      const sample = read(s);
      for (let row = 0; row < output.height; row += rows) {
        const lastRow = Math.min(row + rows, output.height);
        sample.need((lastRow - 1) * stride - padding + kernel);
        const [begin, end] = [row * output.width, lastRow * output.width];
        const pixels = end - begin;
        const dy = normBackward(pass, output, gradient, dz, s * output.height * output.width + begin, pixels);
        draft.call('im2col', { columns, input: sample.place, ...window, begin, end });
        draft.call('weightGradient', {
          dw: pass.gradientAddress(`${layer.name}.weight`),
          dy,
          x: columns,
          pixels,
          outChannels: channels,
          depth,
        });
        if (!target) continue;
        multiply(columns, dy, weights.packed.get(layer)!.backward, weights.zeros, pixels, channels, depth);
        draft.call('col2im', { dx: of(target, input), dcolumns: columns, ...window, begin, end });
      }
      if (pass.isLazy(layer.input)) {
        for (let y = 0; y < input.height; y += rows) {
          pass.sumBackward(input, target!, (s * input.height + y) * input.width, (Math.min(y + rows, input.height) - y) * input.width);
        }
      }
    });
  },
};

/** Returns what drafts out [pixels, channels] = activation(x [pixels, depth] * packed weights + bias + residual). */
export function multiplier({ draft, weights: { zeros } }: Pass) {
  const pointers = draft.block(pointerBytes(1));
  return (
    out: Place,
    x: Place,
    weights: number,
    bias: number,
    pixels: number,
    depth: number,
    channels: number,
    residual: Address = 0,
    activation = NONE,
  ): void => {
    draft.call('convolution', {
      out,
      outStride: channels,
      input: x,
      inStride: depth,
      residual,
      residualStride: residual ? channels : 0,
      weights,
      bias,
      zeros,
      pointers,
      ...product(pixels, depth, channels),
      activation,
    });
  };
}

/** A band of an input's pixels: where they lie, or made in `scratch`. */
function bandOf(pass: Pass, input: Output, scratch: Place, pixel: number, count: number): Place {
  if (input.y) return after(input.y, pixel * input.channels);
  normApply(pass, input, scratch, pixel, count);
  return scratch;
}

/** Gives samples one by one; rows of a sample are there once they have been asked for. */
function sampleReader(pass: Pass, input: Output) {
  const { y, height, width, channels } = input;
  const floats = height * width * channels;
  const scratch = y ? undefined : pass.draft.floats(floats);
  return (sample: number): { place: Place; need(rows: number): void } => {
    let made = 0;
    return {
      place: scratch ?? after(y!, sample * floats),
      need(rows) {
        const end = Math.min(rows, height);
        if (!scratch || end <= made) return;
        normApply(pass, input, after(scratch, made * width * channels), (sample * height + made) * width, (end - made) * width);
        made = end;
      },
    };
  };
}

function normFor({ draft }: Pass, { norm, channels, residual, activation }: Convolution): Norm {
  return {
    name: norm!,
    // After a residual the activation stands alone.
    activation: residual === undefined ? ACTIVATION_CODES[activation] : NONE,
    state: draft.floats(NORM_STATE * channels),
    sums: draft.block(NORM_SUMS * channels * 8),
    summed: false,
  };
}

/** Normalises all of an output whose `z` and sums are complete. */
function finishNorm(pass: Pass, id: LayerId, layer: Convolution, output: Output): void {
  const { weights, vectors, draft } = pass;
  const { channels } = output;
  const { name, state, sums } = output.norm!;
  draft.call('normFinish', {
    state,
    batch: weights.bufferAddress(`${name}.running_mean`, vectors.statistics),
    sums,
    gamma: weights.address(`${name}.weight`),
    beta: weights.address(`${name}.bias`),
    pixels: pass.pixels(output),
    channels,
  });
  if (pass.isLazy(id)) return;
  output.y = pass.tensor(output);
  const residual = layer.residual === undefined ? undefined : pass.outputs.get(layer.residual)!.y!;
  pass.bands(output, (pixel, count) => {
    normApply(
      pass,
      output,
      after(output.y!, pixel * channels),
      pixel,
      count,
      residual && after(residual, pixel * channels),
      ACTIVATION_CODES[layer.activation],
    );
  });
}

/** The normalised, activated output of a band of pixels. */
function normApply(
  { draft }: Pass,
  { z, norm, channels }: Output,
  y: Place,
  pixel: number,
  pixels: number,
  residual: Address = 0,
  activation = norm!.activation,
): void {
  draft.call('normApply', { y, z: after(z!, pixel * channels), residual, state: norm!.state, pixels, channels, activation });
}

function sumForward({ draft }: Pass, { z, norm, channels }: Output, pixel: number, pixels: number): void {
  if (norm) draft.call('normSums', { sums: norm.sums, z: after(z!, pixel * channels), pixels, channels });
}

/** The activation that a convolution's kernel does itself: a batch norm comes before it. */
function activationOf({ norm, activation }: Convolution): number {
  return norm === undefined ? ACTIVATION_CODES[activation] : NONE;
}

/** The gradient of a residual, and sums over the whole gradient before a batch norm can go on. */
function normBackwardSums(pass: Pass, layer: Convolution, output: Output, norm: Norm, gradient: Place): void {
  const sum = (pixel: number, count: number) => {
    if (pixel === 0) pass.clearSums(output);
    pass.sumBackward(output, gradient, pixel, count);
  };
  if (layer.residual !== undefined) {
    if (layer.activation !== 'none') {
      pass.bands(output, (pixel, count) => {
        activationBackward(pass, layer, output, gradient, pixel, count);
        sum(pixel, count);
      });
      norm.summed = true;
    }
    pass.shareGradient(layer.residual, gradient);
  }
  if (!norm.summed) pass.bands(output, sum);
  pass.draft.call('normBackwardFinish', {
    state: norm.state,
    dgamma: pass.gradientAddress(`${norm.name}.weight`),
    dbeta: pass.gradientAddress(`${norm.name}.bias`),
    sums: norm.sums,
    pixels: pass.pixels(output),
    channels: output.channels,
  });
}

/** Activation and bias of a convolution without a batch norm. */
function plainBackward(pass: Pass, layer: Convolution, output: Output, gradient: Place): void {
  pass.bands(output, (pixel, pixels) => {
    if (layer.activation !== 'none') activationBackward(pass, layer, output, gradient, pixel, pixels);
    const { channels } = output;
    if (layer.bias)
      pass.draft.call('columnSums', {
        sums: pass.gradientAddress(`${layer.name}.bias`),
        dy: after(gradient, pixel * channels),
        pixels,
        channels,
      });
  });
}

/** From the gradient behind an activation that stands alone to that before it, in place. */
function activationBackward(
  { draft }: Pass,
  { activation }: Convolution,
  { y, channels }: Output,
  gradient: Place,
  pixel: number,
  count: number,
): void {
  const du = after(gradient, pixel * channels);
  draft.call('activationBackward', {
    du,
    dy: du,
    y: after(y!, pixel * channels),
    length: count * channels,
    activation: ACTIVATION_CODES[activation],
  });
}

/** The gradient before the batch norm, of a band of pixels: made in `dz`, or as it lies where there is no batch norm. */
function normBackward({ draft }: Pass, { z, norm, channels }: Output, gradient: Place, dz: Place, pixel: number, pixels: number): Place {
  const dy = after(gradient, pixel * channels);
  if (!norm) return dy;
  draft.call('normBackward', { dz, dy, z: after(z!, pixel * channels), state: norm.state, pixels, channels, activation: norm.activation });
  return dz;
}

/** @throws ArgumentError for what the kernels can't do */
function check(pass: Pass, layer: Convolution): void {
  const { name, norm, channels, inputChannels, depthwise, residual, activation } = layer;
  const fail = (what: string) => {
    throw new ArgumentError(`${name} can't be trained: ${what}`);
  };
  if (depthwise && channels % 8 > 0) fail(`depthwise with ${channels} channels, not a multiple of 8`);
  if (norm !== undefined && channels % 4 > 0) fail(`a batch norm of ${channels} channels, not a multiple of 4`);
  if (pass.needsGradient(layer.input) && inputChannels % 4 > 0) fail(`${inputChannels} input channels, not a multiple of 4`);
  if (activation === 'hardSigmoid' || (norm === undefined && !['none', 'relu', 'relu6'].includes(activation)))
    fail(`${activation} has no backward pass here`);
  if (residual !== undefined && (norm === undefined || !['none', 'relu'].includes(activation)))
    fail('a residual needs a batch norm, and no activation but a ReLU');
}

function bandPixels(floatsPerPixel: number): number {
  return Math.max(MIN_PIXELS, Math.min(MAX_PIXELS, Math.floor(BAND_FLOATS / floatsPerPixel / 16) * 16));
}

function bandRows({ height, width }: Output, floatsPerPixel: number): number {
  return Math.max(1, Math.min(height, Math.floor(BAND_FLOATS / floatsPerPixel / width)));
}
