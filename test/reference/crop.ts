/** Integer coordinates are pixel centres. */
export interface CropShape {
  height: number;
  width: number;
  bytesPerPixel: number;
  originX: number;
  originY: number;
  stepX: number;
  stepY: number;
  outHeight: number;
  outWidth: number;
  border: 'clamp' | 'zero';
  nearest: boolean;
  /** The output is BGR; `scale` and `shift` are in the output's order. */
  reverse: boolean;
}

/** As upright, turned: output pixel (u, v) is at (originX + u stepX + v turnX, originY + u turnY + v stepY). */
export interface AffineShape extends CropShape {
  turnX: number;
  turnY: number;
}

/**
 * @param picture bytes [height, width, bytesPerPixel], red first
 * @param scale, shift [3]
 * @returns [outHeight, outWidth, 3]
 */
export function cropResize(picture: ArrayLike<number>, scale: ArrayLike<number>, shift: ArrayLike<number>, shape: CropShape): Float64Array {
  return cropAffine(picture, scale, shift, { ...shape, turnX: 0, turnY: 0 });
}

export function cropAffine(
  picture: ArrayLike<number>,
  scale: ArrayLike<number>,
  shift: ArrayLike<number>,
  shape: AffineShape,
): Float64Array {
  const { outHeight, outWidth, reverse } = shape;
  const sample = shape.nearest ? nearest : bilinear;
  const out = new Float64Array(outHeight * outWidth * 3);
  for (let v = 0; v < outHeight; v++) {
    for (let u = 0; u < outWidth; u++) {
      const [y, x] = placeOf(shape, v, u);
      for (let k = 0; k < 3; k++) {
        const value = roundHalfToEven(sample(picture, shape, y, x, reverse ? 2 - k : k));
        out[(v * outWidth + u) * 3 + k] = value * scale[k] + shift[k];
      }
    }
  }
  return out;
}

/** Where an output pixel reads the picture: y and x. */
export function placeOf({ originX, originY, stepX, stepY, turnX, turnY }: AffineShape, v: number, u: number): [number, number] {
  return [originY + u * turnY + v * stepY, originX + u * stepX + v * turnX];
}

/**
 * @param picture bytes [height, width, bytesPerPixel]
 * @returns [ceil(height / 2), ceil(width / 2), bytesPerPixel]
 */
export function halve(picture: ArrayLike<number>, width: number, height: number, bytesPerPixel: number): number[] {
  const halves = (size: number) => Array.from({ length: Math.ceil(size / 2) }, (_, i) => [2 * i, Math.min(2 * i + 1, size - 1)]);
  return halves(height).flatMap((rows) =>
    halves(width).flatMap((columns) =>
      Array.from({ length: bytesPerPixel }, (_, channel) => {
        const four = rows.flatMap((row) => columns.map((column) => picture[(row * width + column) * bytesPerPixel + channel]));
        return Math.round(four.reduce((sum, value) => sum + value) / 4);
      }),
    ),
  );
}

function nearest(picture: ArrayLike<number>, shape: CropShape, y: number, x: number, channel: number): number {
  return pixel(picture, shape, Math.floor(y + 0.5), Math.floor(x + 0.5), channel);
}

/** In single precision as the kernel, since rounding to a whole byte makes ties of what is one only there. */
function bilinear(picture: ArrayLike<number>, shape: CropShape, y: number, x: number, channel: number): number {
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const mix = (a: number, b: number, t: number) => Math.fround(a + Math.fround(Math.fround(b - a) * Math.fround(t)));
  const row = (yy: number) => mix(pixel(picture, shape, yy, x0, channel), pixel(picture, shape, yy, x0 + 1, channel), x - x0);
  return mix(row(y0), row(y0 + 1), y - y0);
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A pixel that may lie outside. */
function pixel(
  picture: ArrayLike<number>,
  { height, width, bytesPerPixel, border }: CropShape,
  y: number,
  x: number,
  channel: number,
): number {
  const [nearY, nearX] = [clamp(y, height), clamp(x, width)];
  if (border === 'zero' && (nearY !== y || nearX !== x)) return 0;
  return picture[(nearY * width + nearX) * bytesPerPixel + channel];
}

export function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
