/** The backward passes of pooling. */
import { F32 } from '../border';

/**
 * dx[first pixel of the window that equals y] += dy
 *
 * @param dx, x [height, width, channels]; the channels a multiple of 4
 * @param dy, y [outHeight, outWidth, channels]
 */
export function maxPoolBackward(
  dx: usize, dy: usize, x: usize, y: usize,
  height: i32, width: i32, channels: i32, kernel: i32, stride: i32, padding: i32, outHeight: i32, outWidth: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  for (let oy = 0; oy < outHeight; oy++) {
    const yBegin = max(0, oy * stride - padding), yEnd = min(height, oy * stride - padding + kernel);
    for (let ox = 0; ox < outWidth; ox++) {
      const xBegin = max(0, ox * stride - padding), xEnd = min(width, ox * stride - padding + kernel);
      for (let c: usize = 0; c < pixelBytes; c += 16) {
        const largest = v128.load(y + c);
        let rest = v128.load(dy + c);
        for (let iy = yBegin; iy < yEnd; iy++) {
          for (let ix = xBegin; ix < xEnd; ix++) {
            const offset = <usize>(iy * width + ix) * pixelBytes + c;
            const hit = f32x4.eq(v128.load(x + offset), largest);
            v128.store(dx + offset, f32x4.add(v128.load(dx + offset), v128.and(rest, hit)));
            rest = v128.andnot(rest, hit);
          }
        }
      }
      y += pixelBytes;
      dy += pixelBytes;
    }
  }
}

/** dx[pixels of the window] += dy / (kernel * kernel); arguments as of `maxPoolBackward`. */
export function averagePoolBackward(
  dx: usize, dy: usize,
  height: i32, width: i32, channels: i32, kernel: i32, stride: i32, padding: i32, outHeight: i32, outWidth: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  const share = f32x4.splat(<f32>1 / <f32>(kernel * kernel));
  for (let oy = 0; oy < outHeight; oy++) {
    const yBegin = max(0, oy * stride - padding), yEnd = min(height, oy * stride - padding + kernel);
    for (let ox = 0; ox < outWidth; ox++) {
      const xBegin = max(0, ox * stride - padding), xEnd = min(width, ox * stride - padding + kernel);
      for (let iy = yBegin; iy < yEnd; iy++) {
        let target = dx + <usize>(iy * width + xBegin) * pixelBytes;
        for (let ix = xBegin; ix < xEnd; ix++) {
          for (let c: usize = 0; c < pixelBytes; c += 16) {
            v128.store(target + c, f32x4.add(v128.load(target + c), f32x4.mul(v128.load(dy + c), share)));
          }
          target += pixelBytes;
        }
      }
      dy += pixelBytes;
    }
  }
}
