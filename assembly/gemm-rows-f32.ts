/**
 * Convolution of few channels (the first layer's three) as a matrix product: what a row of the kernel covers lies side by
 * side in memory, so that it is read as one tap of `kernel * channels` values. Only where it reaches beyond the left or
 * right edge it is copied, with zeros.
 *
 *   picture   row y: | x: c0 c1 c2 | x+1: c0 c1 c2 | x+2: c0 c1 c2 |      = 9 values of one tap
 *   edges     pixel 0 of a block: | row 0 of the kernel | row 1 | ...     pixel 1: ...
 */
import { F32, PANEL_CHANNELS, POINTER, TILE_PIXELS } from './border';
import { tile } from './gemm-f32';

/**
 * As `convolution`, of a dense input.
 *
 * @param out [outHeight * outWidth, outChannels], `outStride` floats from pixel to pixel
 * @param input [height, width, channels]
 * @param weights packed by `packGemm`; `bias` has room for whole panels
 * @param residual as for `convolution`; pointer 0 for none
 * @param zeros at least `kernel * channels` floats of 0
 * @param pointers scratch: (block + 3) * kernel pointers
 * @param edges scratch: (block + 3) * kernel * kernel * channels floats
 * @param block pixels for which a panel of weights is used before the next panel is taken, a multiple of 4
 */
export function convolutionRows(
  out: usize, outStride: i32,
  input: usize,
  residual: usize, residualStride: i32,
  weights: usize, bias: usize, zeros: usize, pointers: usize, edges: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, outChannels: i32, activation: i32,
  block: i32, begin: i32, end: i32,
): void {
  const rowFloats = kernel * channels;
  const panelBytes = <usize>(kernel * rowFloats * PANEL_CHANNELS) * F32;
  const tableBytes = <usize>(kernel * TILE_PIXELS * POINTER);
  for (let first = begin; first < end; first += block) {
    const last = min(first + block, end) - 1;
    fillRows(pointers, edges, input, zeros, height, width, channels, kernel, stride, padding, outWidth, first, last);
    let panel = weights;
    for (let o = 0; o < outChannels; o += PANEL_CHANNELS) {
      let table = pointers;
      for (let p = first; p <= last; p += TILE_PIXELS) {
        tile(out, outStride, residual, residualStride, panel, bias + <usize>o * F32, table, kernel, rowFloats, o, outChannels, activation, p, last);
        table += tableBytes;
      }
      panel += panelBytes;
    }
  }
}

/** Where each row of the kernel reads for the pixels first .. last; tiles that reach beyond `last` repeat it. */
// @ts-ignore: decorator
@inline
function fillRows(
  pointers: usize, edges: usize, input: usize, zeros: usize,
  height: i32, width: i32, channels: i32, kernel: i32, stride: i32, padding: i32, outWidth: i32, first: i32, last: i32,
): void {
  const tapBytes = channels * F32, rowBytes = width * tapBytes;
  const steps = i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(stride * tapBytes));
  let row = first / outWidth, column = first % outWidth;
  for (let p = first; p <= last; p += TILE_PIXELS) {
    const left = column * stride - padding;
    if (p + TILE_PIXELS - 1 <= last && column + TILE_PIXELS <= outWidth && left >= 0 && left + (TILE_PIXELS - 1) * stride + kernel <= width) {
      const top = row * stride - padding;
      let source = <i32>input + top * rowBytes + left * tapBytes;
      for (let y = top; y < top + kernel; y++) {
        v128.store(pointers, <u32>y < <u32>height ? i32x4.add(i32x4.splat(source), steps) : i32x4.splat(<i32>zeros));
        source += rowBytes;
        pointers += TILE_PIXELS * POINTER;
      }
      column += TILE_PIXELS;
    } else {
      for (let lane = 0; lane < TILE_PIXELS; lane++) {
        edges = fillPixel(pointers + <usize>(lane * POINTER), edges, input, zeros, height, width, tapBytes, kernel, row * stride - padding, column * stride - padding);
        if (p + lane < last && ++column == outWidth) {
          column = 0;
          row++;
        }
      }
      pointers += <usize>(kernel * TILE_PIXELS * POINTER);
    }
    if (column == outWidth) {
      column = 0;
      row++;
    }
  }
}

/** One pixel's; returns the end of what lies in `edges`. */
function fillPixel(
  entry: usize, edges: usize, input: usize, zeros: usize,
  height: i32, width: i32, tapBytes: i32, kernel: i32, top: i32, left: i32,
): usize {
  const isInside = left >= 0 && left + kernel <= width;
  for (let y = top; y < top + kernel; y++) {
    let source = zeros;
    if (<u32>y < <u32>height) {
      source = input + <usize>((y * width + left) * tapBytes);
      if (!isInside) {
        for (let x = 0; x < kernel; x++) {
          const target = edges + <usize>(x * tapBytes);
          if (<u32>(left + x) < <u32>width) memory.copy(target, source + <usize>(x * tapBytes), tapBytes);
          else memory.fill(target, 0, tapBytes);
        }
        source = edges;
        edges += <usize>(kernel * tapBytes);
      }
    }
    store<u32>(entry, <u32>source);
    entry += TILE_PIXELS * POINTER;
  }
  return edges;
}
