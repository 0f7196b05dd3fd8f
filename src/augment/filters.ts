// Changes of pixels that leave the landmarks where they are. Pictures are [size, size, 3], values 0 to 255.
import type { Plan } from './augment.ts';

/** Draws the plan's rectangle of one colour. */
export function occlude(image: Float32Array, size: number, { x, y, width, height, colour }: NonNullable<Plan['occlusion']>): void {
  const [left, right, top, bottom] = [x, x + width, y, y + height].map((unit) => Math.round(unit * size));
  for (let v = top; v < bottom; v++) {
    for (let u = left; u < right; u++) image.set(colour, (v * size + u) * 3);
  }
}

/** Share of each channel in what the eye takes for brightness (ITU-R BT.601, as in PIL). */
const LUMA = [0.299, 0.587, 0.114] as const;

/** Saturation, then contrast about the picture's mean brightness, then brightness. */
export function recolour(
  image: Float32Array,
  { saturation, contrast, brightness }: Pick<Plan, 'saturation' | 'contrast' | 'brightness'>,
): void {
  const [red, green, blue] = LUMA;
  let sum = 0;
  for (let p = 0; p < image.length; p += 3) sum += red * image[p] + green * image[p + 1] + blue * image[p + 2];
  const mean = (3 * sum) / image.length;

  // v -> brightness * (contrast * (luma + saturation * (v - luma) - mean) + mean)
  const gain = brightness * contrast * saturation;
  const lumaGain = brightness * contrast * (1 - saturation);
  const offset = brightness * (1 - contrast) * mean;
  for (let p = 0; p < image.length; p += 3) {
    const base = offset + lumaGain * (red * image[p] + green * image[p + 1] + blue * image[p + 2]);
    for (let channel = 0; channel < 3; channel++) image[p + channel] = clampByte(base + gain * image[p + channel]);
  }
}

/**
 * Gaussian blur as PIL has it: three box filters in a row, each with a window that need not be whole pixels. The time
 * doesn't depend on the deviation. The edge is repeated.
 *
 * @param deviation standard deviation in pixels
 * @param scratch at least as long as the picture
 */
export function blur(image: Float32Array, size: number, deviation: number, scratch: Float32Array): void {
  // Three windows of width w have the variance 3 (w² - 1) / 12.
  const reach = (Math.sqrt(4 * deviation * deviation + 1) - 1) / 2;
  for (let pass = 0; pass < 3; pass++) {
    boxFilterTransposed(scratch, image, size, reach);
    boxFilterTransposed(image, scratch, size, reach);
  }
}

/** Filters the rows and writes them as columns, so that twice is rows and columns. The window is 2 * reach + 1 pixels wide. */
function boxFilterTransposed(out: Float32Array, image: Float32Array, size: number, reach: number): void {
  const whole = Math.floor(reach);
  const part = reach - whole;
  const scale = 1 / (2 * reach + 1);
  const last = size - 1;
  for (let v = 0; v < size; v++) {
    for (let channel = 0; channel < 3; channel++) {
      const row = v * size * 3 + channel;
      let sum = 0;
      for (let u = -whole; u <= whole; u++) sum += image[row + 3 * Math.min(Math.max(u, 0), last)];
      for (let u = 0; u < size; u++) {
        const before = image[row + 3 * Math.max(u - whole - 1, 0)];
        const after = image[row + 3 * Math.min(u + whole + 1, last)];
        out[(u * size + v) * 3 + channel] = (sum + part * (before + after)) * scale;
        sum += after - image[row + 3 * Math.max(u - whole, 0)];
      }
    }
  }
}

/** Bytes to what the network takes: (value / 255 - mean) / std, per channel. */
export function normalise(image: Float32Array, mean: readonly number[], std: readonly number[]): void {
  for (let channel = 0; channel < 3; channel++) {
    const scale = 1 / (255 * std[channel]);
    const offset = -mean[channel] / std[channel];
    for (let p = channel; p < image.length; p += 3) image[p] = image[p] * scale + offset;
  }
}

export function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
