/** What happens to parameters and gradients between two backward passes; element by element. Lengths are multiples of 4. */
import { F32 } from '../border';
import { multiplyAdd, splat } from '../simd';

/** The same byte everywhere. */
export function fill(out: usize, byte: i32, bytes: usize): void {
  memory.fill(out, <u8>byte, bytes);
}

/** out += input */
export function add(out: usize, input: usize, length: i32): void {
  const end = out + <usize>length * F32;
  for (; out < end; out += 16, input += 16) v128.store(out, f32x4.add(v128.load(out), v128.load(input)));
}

/** out[0] += in[0] + in[stride] + ...: sums the threads' gradients, always in the same order. */
export function gather(out: usize, input: usize, stride: usize, count: i32, length: i32): void {
  const end = out + <usize>length * F32;
  for (; out < end; out += 16, input += 16) {
    let sum = v128.load(out);
    let source = input;
    for (let i = 0; i < count; i++, source += stride) sum = f32x4.add(sum, v128.load(source));
    v128.store(out, sum);
  }
}

/** out += share * (mean of the `count` vectors at input, input + stride, ... - out): running averages of the batch norms. */
export function average(out: usize, input: usize, stride: usize, count: i32, share: f32, length: i32): void {
  const end = out + <usize>length * F32;
  const one = f32x4.splat(<f32>1 / <f32>count);
  for (; out < end; out += 16, input += 16) {
    let sum = f32x4.splat(0);
    let source = input;
    for (let i = 0; i < count; i++, source += stride) sum = f32x4.add(sum, v128.load(source));
    const old = v128.load(out);
    v128.store(out, multiplyAdd(f32x4.splat(share), f32x4.sub(f32x4.mul(sum, one), old), old));
  }
}

/** out += share[0] * (input - out): an exponential moving average. */
export function moveTowards(out: usize, input: usize, share: usize, length: i32): void {
  const end = out + <usize>length * F32;
  const part = splat(share);
  for (; out < end; out += 16, input += 16) {
    const old = v128.load(out);
    v128.store(out, multiplyAdd(part, f32x4.sub(v128.load(input), old), old));
  }
}

/** The sum of squares as a double. */
export function squareSum(out: usize, input: usize, length: i32): void {
  let sum: f64 = 0;
  const end = input + <usize>length * F32;
  while (input < end) {
    // Short parts in f32, their sum in f64.
    const stop = min(end, input + 4096);
    let part = f32x4.splat(0);
    for (; input < stop; input += 16) {
      const v = v128.load(input);
      part = multiplyAdd(v, v, part);
    }
    sum += <f64>f32x4.extract_lane(part, 0) + <f64>f32x4.extract_lane(part, 1) + <f64>f32x4.extract_lane(part, 2) + <f64>f32x4.extract_lane(part, 3);
  }
  store<f64>(out, sum);
}

/**
 * One step of Adam (Kingma, Ba 2015) or AdamW (Loshchilov, Hutter 2019) as PyTorch has them:
 *
 *   g = gradient * scale + l2 * w    m = b1 * m + (1 - b1) * g    v = b2 * v + (1 - b2) * g^2
 *   w = keep * w - rate * m / (sqrt(v) * root + epsilon)
 *
 * @param w, g, m, v parameters, gradients, first and second moments: `length` floats
 * @param settings | scale | l2 | b1 | 1 - b1 | b2 | 1 - b2 | keep | rate | root | epsilon |, what src/train/optimiser.ts writes
 */
export function adam(w: usize, g: usize, m: usize, v: usize, settings: usize, length: i32): void {
  const scale = splat(settings), l2 = splat(settings + 4);
  const b1 = splat(settings + 8), rest1 = splat(settings + 12), b2 = splat(settings + 16), rest2 = splat(settings + 20);
  const keep = splat(settings + 24), rate = splat(settings + 28), root = splat(settings + 32), epsilon = splat(settings + 36);
  const end = w + <usize>length * F32;
  for (; w < end; w += 16, g += 16, m += 16, v += 16) {
    const weight = v128.load(w);
    const gradient = f32x4.add(f32x4.mul(v128.load(g), scale), f32x4.mul(weight, l2));
    const first = f32x4.add(f32x4.mul(v128.load(m), b1), f32x4.mul(gradient, rest1));
    const second = f32x4.add(f32x4.mul(v128.load(v), b2), f32x4.mul(f32x4.mul(gradient, gradient), rest2));
    v128.store(m, first);
    v128.store(v, second);
    const denominator = f32x4.add(f32x4.mul(f32x4.sqrt(second), root), epsilon);
    v128.store(w, f32x4.sub(f32x4.mul(weight, keep), f32x4.div(f32x4.mul(rate, first), denominator)));
  }
}
