/** Crop + resize + normalise in one pass, from u8 pixels straight into a network's input tensor. */
import { BORDER_CLAMP, F32 } from './border';
import { splat } from './simd';

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
  const outBytes = <usize>(outWidth * 3) * F32;
  // Which pixels each column lies between is the same for all rows: it waits in the last one until that is made.
  const columns = out + <usize>(end - 1) * outBytes;
  if (begin < end) fillColumns(columns, windowX, bytesPerPixel, width, originX, stepX, outWidth, nearest, border);
  // A picture as large as the output: its pixels are taken as they are.
  const isWhole = stepX == 1 && originX == Math.floor(originX) && originX >= 0 && originX + <f64>outWidth <= <f64>width;
  for (let v = begin; v < end; v++) {
    let y = originY + <f64>v * stepY;
    if (nearest) y = Math.floor(y + 0.5);
    const y0 = <i32>Math.floor(y);
    const fractionY = f32x4.splat(<f32>(y - <f64>y0));
    const top = window + <usize>((clampTo(y0, height) - windowY) * rowBytes);
    const bottom = window + <usize>((clampTo(y0 + 1, height) - windowY) * rowBytes);
    const topInside = border == BORDER_CLAMP || <u32>y0 < <u32>height;
    const bottomInside = border == BORDER_CLAMP || <u32>(y0 + 1) < <u32>height;
    let target = out + <usize>v * outBytes;
    const stop = target + outBytes;
    if (isWhole && y == <f64>y0 && topInside) {
      for (let source = top + <usize>((<i32>originX - windowX) * bytesPerPixel); target < stop; source += bytesPerPixel, target += 3 * F32)
        put(target, texel(source, true), reverse, factor, shift);
      continue;
    }
    for (let column = columns; target < stop; column += 3 * F32, target += 3 * F32) {
      const left = load<i32>(column), right = load<i32>(column, 4), fractionX = splat(column + 8);
      const upper = mix(texel(top + left, topInside && left >= 0), texel(top + right, topInside && right >= 0), fractionX);
      const lower = mix(texel(bottom + left, bottomInside && left >= 0), texel(bottom + right, bottomInside && right >= 0), fractionX);
      put(target, f32x4.nearest(mix(upper, lower, fractionY)), reverse, factor, shift);
    }
  }
}

/**
 * As `cropResize`, for crops that are turned:
 *
 *   x = originX + u * stepX + v * turnX
 *   y = originY + u * turnY + v * stepY
 *
 * @param out [outHeight, outWidth, 3]
 * @param beginU, endU, beginV, endV output columns and rows
 */
export function cropAffine(
  out: usize, window: usize, scale: usize,
  windowX: i32, windowY: i32, windowWidth: i32, bytesPerPixel: i32,
  width: i32, height: i32,
  originX: f64, stepX: f64, turnX: f64, originY: f64, turnY: f64, stepY: f64,
  outWidth: i32, reverse: i32, nearest: i32, border: i32, beginU: i32, endU: i32, beginV: i32, endV: i32,
): void {
  const factor = v128.load(scale), shift = v128.load(scale, 16);
  const rowBytes = windowWidth * bytesPerPixel;
  for (let v = beginV; v < endV; v++) {
    let target = out + <usize>((v * outWidth + beginU) * 3) * F32;
    for (let u = beginU; u < endU; u++, target += 3 * F32) {
      let x = originX + <f64>u * stepX + <f64>v * turnX;
      let y = originY + <f64>u * turnY + <f64>v * stepY;
      if (nearest) {
        x = Math.floor(x + 0.5);
        y = Math.floor(y + 0.5);
      }
      const x0 = <i32>Math.floor(x), y0 = <i32>Math.floor(y);
      const fractionX = f32x4.splat(<f32>(x - <f64>x0)), fractionY = f32x4.splat(<f32>(y - <f64>y0));
      let upper: v128, lower: v128;
      if (x0 >= 0 && y0 >= 0 && x0 < width - 1 && y0 < height - 1) {
        const top = window + <usize>((y0 - windowY) * rowBytes + (x0 - windowX) * bytesPerPixel);
        const bottom = top + <usize>rowBytes;
        upper = mix(texel(top, true), texel(top + <usize>bytesPerPixel, true), fractionX);
        lower = mix(texel(bottom, true), texel(bottom + <usize>bytesPerPixel, true), fractionX);
      } else {
        const top = window + <usize>((clampTo(y0, height) - windowY) * rowBytes);
        const bottom = window + <usize>((clampTo(y0 + 1, height) - windowY) * rowBytes);
        const left = <usize>((clampTo(x0, width) - windowX) * bytesPerPixel);
        const right = <usize>((clampTo(x0 + 1, width) - windowX) * bytesPerPixel);
        const topInside = border == BORDER_CLAMP || <u32>y0 < <u32>height;
        const bottomInside = border == BORDER_CLAMP || <u32>(y0 + 1) < <u32>height;
        const leftInside = border == BORDER_CLAMP || <u32>x0 < <u32>width;
        const rightInside = border == BORDER_CLAMP || <u32>(x0 + 1) < <u32>width;
        upper = mix(texel(top + left, topInside && leftInside), texel(top + right, topInside && rightInside), fractionX);
        lower = mix(texel(bottom + left, bottomInside && leftInside), texel(bottom + right, bottomInside && rightInside), fractionX);
      }
      put(target, f32x4.nearest(mix(upper, lower, fractionY)), reverse, factor, shift);
    }
  }
}

/**
 * Halves a picture in place, [height, width, bytesPerPixel] to [ceil(height / 2), ceil(width / 2), bytesPerPixel]: pixels are
 * rounded means of two by two. The last row and column of an odd number are paired with themselves.
 */
export function halve(pixels: usize, width: i32, height: i32, bytesPerPixel: i32): void {
  const rowBytes = <usize>(width * bytesPerPixel), pixelBytes = <usize>bytesPerPixel;
  const pairs = width >> 1;
  // Left and right pixels of the two pairs in 16 bytes.
  const left = bytesPerPixel == 3 ? i8x16(0, 1, 2, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) : i8x16(0, 1, 2, 3, 8, 9, 10, 11, 0, 0, 0, 0, 0, 0, 0, 0);
  const right = i8x16.add(left, i8x16.splat(<i8>bytesPerPixel));
  const two = i16x8.splat(2);
  let target = pixels;
  for (let row = 0; row < height; row += 2) {
    let top = pixels + <usize>row * rowBytes;
    let bottom = row + 1 < height ? top + rowBytes : top;
    let pair = 0;
    // Both loads and the store reach beyond two pairs: not in a row's last three.
    for (; pair < pairs - 2; pair += 2, top += 4 * pixelBytes, bottom += 4 * pixelBytes, target += 2 * pixelBytes) {
      const above = v128.load(top), below = v128.load(bottom);
      const sum = i16x8.add(
        i16x8.add(i16x8.extend_low_i8x16_u(i8x16.swizzle(above, left)), i16x8.extend_low_i8x16_u(i8x16.swizzle(above, right))),
        i16x8.add(i16x8.extend_low_i8x16_u(i8x16.swizzle(below, left)), i16x8.extend_low_i8x16_u(i8x16.swizzle(below, right))),
      );
      const mean = i16x8.shr_u(i16x8.add(sum, two), 2);
      v128.store64_lane(target, i8x16.narrow_i16x8_u(mean, mean), 0);
    }
    for (let column = 2 * pair; column < width; column += 2, top += 2 * pixelBytes, bottom += 2 * pixelBytes) {
      const next = column + 1 < width ? pixelBytes : 0;
      for (let channel: usize = 0; channel < pixelBytes; channel++, target++) {
        const sum = <i32>load<u8>(top + channel) + load<u8>(top + next + channel) + load<u8>(bottom + channel) + load<u8>(bottom + next + channel);
        store<u8>(target, (sum + 2) >> 2);
      }
    }
  }
}

/** For each column the bytes from a row's beginning to the pixels left and right of it, -1 for black ones, and its way between them. */
function fillColumns(
  columns: usize, windowX: i32, bytesPerPixel: i32, width: i32, originX: f64, stepX: f64, outWidth: i32, nearest: i32, border: i32,
): void {
  for (let u = 0; u < outWidth; u++, columns += 3 * F32) {
    let x = originX + <f64>u * stepX;
    if (nearest) x = Math.floor(x + 0.5);
    const x0 = <i32>Math.floor(x);
    const leftInside = border == BORDER_CLAMP || <u32>x0 < <u32>width;
    const rightInside = border == BORDER_CLAMP || <u32>(x0 + 1) < <u32>width;
    store<i32>(columns, leftInside ? (clampTo(x0, width) - windowX) * bytesPerPixel : -1);
    store<i32>(columns, rightInside ? (clampTo(x0 + 1, width) - windowX) * bytesPerPixel : -1, 4);
    store<f32>(columns, <f32>(x - <f64>x0), 8);
  }
}

/** Normalises a pixel and stores it. */
// @ts-ignore: decorator
@inline
function put(target: usize, value: v128, reverse: i32, factor: v128, shift: v128): void {
  if (reverse) value = v128.shuffle<f32>(value, value, 2, 1, 0, 3);
  value = f32x4.add(f32x4.mul(value, factor), shift);
  v128.store64_lane(target, value, 0);
  v128.store32_lane(target, value, 2, 8);
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
