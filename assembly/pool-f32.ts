/** Pooling over square windows. Padding never wins a maximum; an average counts it as zeros. */
import { F32 } from './border';
import { loadLanes, storeLanes } from './simd';

/**
 * out[y, x, c] = maximum over the window of in[y * stride + ky - padding, x * stride + kx - padding, c]
 *
 * @param out [outHeight, outWidth, channels]
 * @param input [height, width, channels]
 * @param begin, end output rows
 */
export function maxPool(
  out: usize, input: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, begin: i32, end: i32,
): void {
  pool(true, out, input, height, width, channels, kernel, stride, padding, outWidth, begin, end);
}

/** As `maxPool`, with the window's sum divided by kernel * kernel. */
export function averagePool(
  out: usize, input: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, begin: i32, end: i32,
): void {
  pool(false, out, input, height, width, channels, kernel, stride, padding, outWidth, begin, end);
}

// @ts-ignore: decorator
@inline
function pool(
  isMax: bool, out: usize, input: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, begin: i32, end: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  const share = f32x4.splat(<f32>1 / <f32>(kernel * kernel));
  for (let y = begin; y < end; y++) {
    const yBegin = max(0, y * stride - padding);
    const yEnd = min(height, y * stride - padding + kernel);
    for (let x = 0; x < outWidth; x++) {
      const xBegin = max(0, x * stride - padding);
      const xEnd = min(width, x * stride - padding + kernel);
      const target = out + <usize>(y * outWidth + x) * pixelBytes;
      for (let c = 0; c < channels; c += 4) {
        const lanes = channels - c;
        let v = isMax ? f32x4.splat(-f32.MAX_VALUE) : f32x4.splat(0);
        for (let iy = yBegin; iy < yEnd; iy++) {
          let source = input + <usize>(iy * width + xBegin) * pixelBytes + <usize>c * F32;
          for (let ix = xBegin; ix < xEnd; ix++) {
            const value = loadLanes(source, lanes);
            v = isMax ? f32x4.pmax(v, value) : f32x4.add(v, value);
            source += pixelBytes;
          }
        }
        storeLanes(target + <usize>c * F32, isMax ? v : f32x4.mul(v, share), lanes);
      }
    }
  }
}
