/** Crop + resize + normalise in one pass, from u8 pixels straight into a network's input tensor. */
import { BORDER_CLAMP, F32 } from './border';

/**
 * out[v, u, k] = pixel(originX + u * stepX, originY + v * stepY)[k] * scale[k] + shift[k]
 *
 * The pixel is rounded to a whole byte before it is normalised, as where a picture is resized first (OpenCV, Pillow).
 * Coordinates are in pixels of the picture, integers at pixel centres. `window` holds a part of the picture, RGB or RGBA
 * bytes, that contains every pixel that these rows read.
 *
 * @param out [outHeight, outWidth, 3]
 * @param scale 4 floats, then `shift` 4 floats, in the order of the output; the fourth of each is not used
 * @param reverse 1: the output is BGR
 * @param border BORDER_CLAMP: what lies outside the picture repeats its edge; BORDER_ZERO: it is 0 before normalisation
 * @param nearest 1: the nearest pixel; 0: bilinear
 * @param begin, end output rows
 */
export function cropResize(
  out: usize, window: usize, scale: usize,
  windowX: i32, windowY: i32, windowWidth: i32, bytesPerPixel: i32,
  width: i32, height: i32,
  originX: f64, stepX: f64, originY: f64, stepY: f64,
  outWidth: i32, reverse: i32, nearest: i32, border: i32, begin: i32, end: i32,
): void {
  const factor = v128.load(scale), shift = v128.load(scale, 16);
  const rowBytes = windowWidth * bytesPerPixel;
  let target = out + <usize>(begin * outWidth * 3) * F32;
  for (let v = begin; v < end; v++) {
    let y = originY + <f64>v * stepY;
    if (nearest) y = Math.floor(y + 0.5);
    const y0 = <i32>Math.floor(y);
    const fractionY = f32x4.splat(<f32>(y - <f64>y0));
    const top = window + <usize>((clampTo(y0, height) - windowY) * rowBytes);
    const bottom = window + <usize>((clampTo(y0 + 1, height) - windowY) * rowBytes);
    const topInside = border == BORDER_CLAMP || <u32>y0 < <u32>height;
    const bottomInside = border == BORDER_CLAMP || <u32>(y0 + 1) < <u32>height;
    for (let u = 0; u < outWidth; u++) {
      let x = originX + <f64>u * stepX;
      if (nearest) x = Math.floor(x + 0.5);
      const x0 = <i32>Math.floor(x);
      const fractionX = f32x4.splat(<f32>(x - <f64>x0));
      const left = <usize>((clampTo(x0, width) - windowX) * bytesPerPixel);
      const right = <usize>((clampTo(x0 + 1, width) - windowX) * bytesPerPixel);
      const leftInside = border == BORDER_CLAMP || <u32>x0 < <u32>width;
      const rightInside = border == BORDER_CLAMP || <u32>(x0 + 1) < <u32>width;
      const upper = mix(texel(top + left, topInside && leftInside), texel(top + right, topInside && rightInside), fractionX);
      const lower = mix(texel(bottom + left, bottomInside && leftInside), texel(bottom + right, bottomInside && rightInside), fractionX);
      let value = f32x4.nearest(mix(upper, lower, fractionY));
      if (reverse) value = v128.shuffle<f32>(value, value, 2, 1, 0, 3);
      value = f32x4.add(f32x4.mul(value, factor), shift);
      v128.store64_lane(target, value, 0);
      v128.store32_lane(target, value, 2, 8);
      target += 3 * F32;
    }
  }
}

// @ts-ignore: decorator
@inline
function clampTo(index: i32, size: i32): i32 {
  return max(0, min(index, size - 1));
}

/** One pixel as floats, r g b and one lane of no meaning: for RGB it is the next pixel's red. */
// @ts-ignore: decorator
@inline
function texel(pointer: usize, inside: bool): v128 {
  if (!inside) return f32x4.splat(0);
  const bytes = v128.load32_zero(pointer);
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes)));
}

// @ts-ignore: decorator
@inline
function mix(a: v128, b: v128, t: v128): v128 {
  return f32x4.add(a, f32x4.mul(f32x4.sub(b, a), t));
}
