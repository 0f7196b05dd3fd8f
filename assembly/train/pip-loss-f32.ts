/**
 * The PIP losses (paper, section 3.1) and their gradients. A landmark's target is 1 in the score map's cell that holds it and
 * 0 elsewhere; the offsets of the landmark and its neighbours count in that cell only, so they are computed there only.
 *
 *   points   [samples, landmarks, 2] x, y in units of the crop; a point outside counts to the nearest cell
 *   shares   what one term of the sample weighs in the loss: weight / terms of all samples that count, 0 to leave out
 *   loss     a double, increased
 */
import { F32 } from '../border';
import { dot } from '../dot-f32';
import { multiplyAdd } from '../simd';

// @ts-ignore: decorator
@inline
function cellOf(point: usize, rows: i32, columns: i32): i32 {
  const x = min(max(<i32>Mathf.floor(load<f32>(point) * <f32>columns), 0), columns - 1);
  const y = min(max(<i32>Mathf.floor(load<f32>(point, 4) * <f32>rows), 0), rows - 1);
  return y * columns + x;
}

/**
 * loss += sum of share * (score - target)^2, dscores = 2 * share * (score - target)
 *
 * @param dscores, scores [samples, rows, columns, landmarks]
 */
export function scoreLoss(loss: usize, dscores: usize, scores: usize, points: usize, shares: usize, samples: i32, rows: i32, columns: i32, landmarks: i32): void {
  let total: f64 = 0;
  const cells = rows * columns;
  const cellBytes = <usize>landmarks * F32;
  for (let s = 0; s < samples; s++) {
    const share = load<f32>(shares + <usize>s * F32);
    for (let l = 0; l < landmarks; l++) {
      const target = cellOf(points + <usize>(2 * l) * F32, rows, columns);
      let offset = <usize>l * F32;
      for (let cell = 0; cell < cells; cell++) {
        const difference = load<f32>(scores + offset) - <f32>i32(cell == target);
        store<f32>(dscores + offset, 2 * share * difference);
        total += <f64>(share * difference * difference);
        offset += cellBytes;
      }
    }
    points += <usize>(2 * landmarks) * F32;
    scores += <usize>cells * cellBytes;
    dscores += <usize>cells * cellBytes;
  }
  store<f64>(loss, load<f64>(loss) + total);
}

/**
 * For each landmark l and place j (0: itself, then its neighbours): value = weights[l, j] . features[cell of l] + bias[l, j],
 * target = the coordinate of landmark subjects[l, j] in cells, from the cell's corner;
 * loss += share * |value - target|, and the gradients of all three are accumulated.
 *
 * One call does one of the four offset maps: x or y (`places` 1) or nb_x or nb_y.
 *
 * @param dfeatures, features [samples, rows * columns, channels], channels a multiple of 4
 * @param dweights, weights [landmarks, places, channels]; dbias, bias [landmarks, places]
 * @param subjects [landmarks, places] landmark indices, i32
 * @param axis 0 for x, 1 for y
 */
export function offsetLoss(
  loss: usize, dfeatures: usize, dweights: usize, dbias: usize,
  features: usize, weights: usize, bias: usize, points: usize, subjects: usize, shares: usize,
  samples: i32, rows: i32, columns: i32, channels: i32, landmarks: i32, places: i32, axis: i32,
): void {
  let total: f64 = 0;
  const row = <usize>channels * F32;
  for (let l = 0; l < landmarks; l++) {
    for (let j = 0; j < places; j++) {
      for (let s = 0; s < samples; s++) {
        const share = load<f32>(shares + <usize>s * F32);
        if (share == 0) continue;
        const face = points + <usize>(2 * landmarks * s) * F32;
        const cell = cellOf(face + <usize>(2 * l) * F32, rows, columns);
        const pixel = <usize>(s * rows * columns + cell) * row;
        const corner = axis == 0 ? cell % columns : cell / columns;
        const place = face + <usize>(2 * load<i32>(subjects) + axis) * F32;
        const target = load<f32>(place) * <f32>(axis == 0 ? columns : rows) - <f32>corner;
        const difference = dot(weights, features + pixel, channels) + load<f32>(bias) - target;
        total += <f64>(share * Mathf.abs(difference));
        const slope: f32 = difference > 0 ? share : difference < 0 ? -share : 0;
        store<f32>(dbias, load<f32>(dbias) + slope);
        const gradient = f32x4.splat(slope);
        for (let c: usize = 0; c < row; c += 16) {
          const target = dfeatures + pixel + c;
          v128.store(target, multiplyAdd(gradient, v128.load(weights + c), v128.load(target)));
          v128.store(dweights + c, multiplyAdd(gradient, v128.load(features + pixel + c), v128.load(dweights + c)));
        }
      }
      weights += row;
      dweights += row;
      bias += F32;
      dbias += F32;
      subjects += 4;
    }
  }
  store<f64>(loss, load<f64>(loss) + total);
}
