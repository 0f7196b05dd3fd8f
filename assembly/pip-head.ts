/**
 * PIPNet's head at inference: a dense score map, then the offsets at one cell per landmark only. 22 scalar products per
 * landmark (10 neighbours) replace the dense 1x1 convolutions of the four offset maps.
 */
import { F32 } from './border';
import { dot } from './dot-f32';

/**
 * The cell of each landmark's highest score, the first of equals.
 *
 * @param cells [landmarks] i32
 * @param scores [landmarks] f32, the score there
 * @param map [cellCount, landmarks]
 */
export function argMax(cells: usize, scores: usize, map: usize, cellCount: i32, landmarks: i32): void {
  const rowBytes = <usize>landmarks * F32;
  let l = 0;
  for (; l + 4 <= landmarks; l += 4) {
    const offset = <usize>l * F32;
    let source = map + offset;
    let best = v128.load(source);
    let where = i32x4.splat(0);
    for (let cell = 1; cell < cellCount; cell++) {
      source += rowBytes;
      const value = v128.load(source);
      const higher = f32x4.gt(value, best);
      best = v128.bitselect(value, best, higher);
      where = v128.bitselect(i32x4.splat(cell), where, higher);
    }
    v128.store(scores + offset, best);
    v128.store(cells + offset, where);
  }
  for (; l < landmarks; l++) {
    const offset = <usize>l * F32;
    let best = load<f32>(map + offset);
    let where = 0;
    for (let cell = 1; cell < cellCount; cell++) {
      const value = load<f32>(map + offset + <usize>cell * rowBytes);
      if (value > best) {
        best = value;
        where = cell;
      }
    }
    store<f32>(scores + offset, best);
    store<i32>(cells + offset, where);
  }
}

/**
 * out[l, r] = bias[l, r] + features[cells[l]] . weights[l, r]
 *
 * @param out [landmarks, rows]: x, y, then neighbours' x, then neighbours' y
 * @param features [cellCount, channels]
 * @param weights [landmarks, rows, channels]; `bias` [landmarks, rows]
 * @param begin, end landmarks
 */
export function sparseHead(
  out: usize, features: usize, cells: usize,
  weights: usize, bias: usize,
  channels: i32, rows: i32, begin: i32, end: i32,
): void {
  const rowBytes = <usize>channels * F32;
  for (let l = begin; l < end; l++) {
    const feature = features + <usize>load<i32>(cells + <usize>l * 4) * rowBytes;
    for (let r = 0; r < rows; r++) {
      const index = <usize>(l * rows + r);
      store<f32>(out + index * F32, load<f32>(bias + index * F32) + dot(feature, weights + index * rowBytes, channels));
    }
  }
}
