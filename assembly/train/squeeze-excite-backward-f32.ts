/** The backward pass of squeeze-and-excite. */
import { F32 } from '../border';
import { multiplyAdd, splat } from '../simd';
import { slope } from './slope';

/**
 * Forward: y = activation(x * gate), gate = hardSigmoid(excite * s + exciteBias), s = relu(squeeze * mean(x) + squeezeBias).
 * Channels and hidden units are multiples of 4; dx is set, the parameters' gradients are accumulated.
 *
 * @param dx, dy, x [pixels, channels]
 * @param dSqueeze, squeeze [hidden, channels]; dExcite, excite [channels, hidden]; biases [hidden] and [channels]
 * @param forward what `squeezeExcite` left in its scratch: means [channels], gates [channels], s [hidden]
 * @param scratch 2 * channels + hidden floats
 */
export function squeezeExciteBackward(
  dx: usize, dSqueeze: usize, dSqueezeBias: usize, dExcite: usize, dExciteBias: usize,
  dy: usize, x: usize, squeeze: usize, excite: usize, forward: usize, scratch: usize,
  pixels: i32, channels: i32, hidden: i32, activation: i32,
): void {
  const row = <usize>channels * F32;
  const hiddenRow = <usize>hidden * F32;
  const means = forward, gates = forward + row, squeezed = forward + 2 * row;
  const dGates = scratch, dMeans = scratch + row, dSqueezed = scratch + 2 * row;
  const end = <usize>pixels * row;

  // dx = dv * gate for now, dGates = sum of dv * x, where v = x * gate.
  for (let c: usize = 0; c < row; c += 16) {
    const gate = v128.load(gates + c);
    let sum = f32x4.splat(0);
    for (let p = c; p < end; p += row) {
      const v = v128.load(x + p);
      const dv = slope(f32x4.mul(v, gate), v128.load(dy + p), activation);
      sum = multiplyAdd(dv, v, sum);
      v128.store(dx + p, f32x4.mul(dv, gate));
    }
    // Through the hard sigmoid, whose slope is 1/6 where the gate is neither 0 nor 1.
    const open = v128.and(f32x4.gt(gate, f32x4.splat(0)), f32x4.lt(gate, f32x4.splat(1)));
    const before = v128.and(f32x4.mul(sum, f32x4.splat(<f32>(1.0 / 6.0))), open);
    v128.store(dGates + c, before);
    v128.store(dExciteBias + c, f32x4.add(v128.load(dExciteBias + c), before));
  }

  memory.fill(dSqueezed, 0, hiddenRow);
  for (let c: usize = 0; c < row; c += F32) {
    const gradient = splat(dGates + c);
    for (let h: usize = 0; h < hiddenRow; h += 16) {
      v128.store(dExcite + h, multiplyAdd(gradient, v128.load(squeezed + h), v128.load(dExcite + h)));
      v128.store(dSqueezed + h, multiplyAdd(gradient, v128.load(excite + h), v128.load(dSqueezed + h)));
    }
    dExcite += hiddenRow;
    excite += hiddenRow;
  }

  memory.fill(dMeans, 0, row);
  for (let h: usize = 0; h < hiddenRow; h += F32) {
    if (load<f32>(squeezed + h) > 0) {
      const gradient = splat(dSqueezed + h);
      store<f32>(dSqueezeBias + h, load<f32>(dSqueezeBias + h) + load<f32>(dSqueezed + h));
      for (let c: usize = 0; c < row; c += 16) {
        v128.store(dSqueeze + c, multiplyAdd(gradient, v128.load(means + c), v128.load(dSqueeze + c)));
        v128.store(dMeans + c, multiplyAdd(gradient, v128.load(squeeze + c), v128.load(dMeans + c)));
      }
    }
    dSqueeze += row;
    squeeze += row;
  }

  const share = f32x4.splat(<f32>1 / <f32>pixels);
  for (let c: usize = 0; c < row; c += 16) {
    const added = f32x4.mul(v128.load(dMeans + c), share);
    for (let p = c; p < end; p += row) v128.store(dx + p, f32x4.add(v128.load(dx + p), added));
  }
}
