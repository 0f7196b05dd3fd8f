/** Gradients of a depthwise convolution, for any square kernel and stride. Channels are a multiple of 8. */
import { F32 } from '../border';
import { multiplyAdd } from '../simd';

/**
 * dx[y, x, c] = sum over the taps that read the pixel of dz[..., c] * weights[ky, kx, c]
 *
 * For stride 1 this is `depthwise` with the kernel turned, and faster there.
 *
 * @param dx [height, width, channels]
 * @param dz [outHeight, outWidth, channels]
 * @param weights [kernel, kernel, channels]
 * @param begin, end rows of dx
 */
export function depthwiseInputGradient(
  dx: usize, dz: usize, weights: usize,
  width: i32, channels: i32, kernel: i32, stride: i32, padding: i32,
  outHeight: i32, outWidth: i32, begin: i32, end: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  let target = dx + <usize>(begin * width) * pixelBytes;
  for (let y = begin; y < end; y++) {
    for (let x = 0; x < width; x++) {
      for (let c: usize = 0; c < pixelBytes; c += 32) {
        let v0 = f32x4.splat(0), v1 = v0;
        // Taps whose output pixel exists: y + padding - ky is a multiple of the stride.
        for (let ky = (y + padding) % stride; ky < kernel; ky += stride) {
          const oy = (y + padding - ky) / stride;
          if (y + padding < ky || oy >= outHeight) continue;
          for (let kx = (x + padding) % stride; kx < kernel; kx += stride) {
            const ox = (x + padding - kx) / stride;
            if (x + padding < kx || ox >= outWidth) continue;
            const source = dz + <usize>(oy * outWidth + ox) * pixelBytes + c;
            const w = weights + <usize>(ky * kernel + kx) * pixelBytes + c;
            v0 = multiplyAdd(v128.load(source), v128.load(w), v0);
            v1 = multiplyAdd(v128.load(source, 16), v128.load(w, 16), v1);
          }
        }
        v128.store(target + c, v0);
        v128.store(target + c, v1, 16);
      }
      target += pixelBytes;
    }
  }
}

/**
 * dw[ky, kx, c] += sum over output pixels of dz[y, x, c] * in[y * stride + ky - padding, x * stride + kx - padding, c]
 *
 * @param dw [kernel, kernel, channels]
 * @param dz [outHeight, outWidth, channels]
 * @param input [height, width, channels]
 * @param begin, end output rows
 */
export function depthwiseWeightGradient(
  dw: usize, dz: usize, input: usize,
  height: i32, width: i32, channels: i32, kernel: i32, stride: i32, padding: i32,
  outWidth: i32, begin: i32, end: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  const outRow = <usize>outWidth * pixelBytes;
  // Output columns all of whose taps lie inside.
  const innerBegin = min(outWidth, (padding + stride - 1) / stride);
  const innerEnd = max(innerBegin, width + padding < kernel ? 0 : min(outWidth, (width + padding - kernel) / stride + 1));
  for (let oy = begin; oy < end; oy++) {
    const gradients = dz + <usize>oy * outRow;
    for (let ky = 0; ky < kernel; ky++) {
      const y = oy * stride + ky - padding;
      if (<u32>y >= <u32>height) continue;
      const source = input + <usize>(y * width) * pixelBytes;
      const weights = dw + <usize>(ky * kernel) * pixelBytes;
      for (let c: usize = 0; c < pixelBytes; c += 32) {
        if (kernel == 3) inner3(weights + c, gradients + c, source + c, pixelBytes, stride, padding, innerBegin, innerEnd);
        else for (let kx = 0; kx < kernel; kx++) {
          tap(weights + <usize>kx * pixelBytes + c, gradients + c, source + c, pixelBytes, stride, kx - padding, innerBegin, innerEnd);
        }
        for (let kx = 0; kx < kernel; kx++) {
          const shift = kx - padding;
          const target = weights + <usize>kx * pixelBytes + c;
          // The first and last output columns, of whose taps only some lie inside.
          const first = max(0, (stride - 1 - shift) / stride);
          const last = shift >= width ? 0 : min(outWidth, (width - 1 - shift) / stride + 1);
          if (first < min(innerBegin, last)) tap(target, gradients + c, source + c, pixelBytes, stride, shift, first, min(innerBegin, last));
          if (max(innerEnd, first) < last) tap(target, gradients + c, source + c, pixelBytes, stride, shift, max(innerEnd, first), last);
        }
      }
    }
  }
}

/** Three taps side by side over the output columns begin .. end - 1 of one row, 8 channels. */
// @ts-ignore: decorator
@inline
function inner3(dw: usize, dz: usize, row: usize, pixelBytes: usize, stride: i32, padding: i32, begin: i32, end: i32): void {
  let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
  const step = <usize>stride * pixelBytes;
  let source = row + <usize>(begin * stride - padding) * pixelBytes;
  const stop = dz + <usize>end * pixelBytes;
  for (let gradient = dz + <usize>begin * pixelBytes; gradient < stop; gradient += pixelBytes) {
    const g0 = v128.load(gradient), g1 = v128.load(gradient, 16);
    a0 = multiplyAdd(g0, v128.load(source), a0);
    a1 = multiplyAdd(g1, v128.load(source, 16), a1);
    const second = source + pixelBytes;
    b0 = multiplyAdd(g0, v128.load(second), b0);
    b1 = multiplyAdd(g1, v128.load(second, 16), b1);
    const third = second + pixelBytes;
    c0 = multiplyAdd(g0, v128.load(third), c0);
    c1 = multiplyAdd(g1, v128.load(third, 16), c1);
    source += step;
  }
  increase(dw, a0, a1);
  increase(dw + pixelBytes, b0, b1);
  increase(dw + 2 * pixelBytes, c0, c1);
}

/** One tap, `shift` columns to the right of its output pixel's first, over the output columns begin .. end - 1 of one row, 8 channels. */
// @ts-ignore: decorator
@inline
function tap(dw: usize, dz: usize, row: usize, pixelBytes: usize, stride: i32, shift: i32, begin: i32, end: i32): void {
  let a0 = f32x4.splat(0), a1 = a0;
  for (let x = begin; x < end; x++) {
    const gradient = dz + <usize>x * pixelBytes;
    const source = row + <usize>(x * stride + shift) * pixelBytes;
    a0 = multiplyAdd(v128.load(gradient), v128.load(source), a0);
    a1 = multiplyAdd(v128.load(gradient, 16), v128.load(source, 16), a1);
  }
  increase(dw, a0, a1);
}

// @ts-ignore: decorator
@inline
function increase(target: usize, v0: v128, v1: v128): void {
  v128.store(target, f32x4.add(v128.load(target), v0));
  v128.store(target, f32x4.add(v128.load(target, 16), v1), 16);
}
