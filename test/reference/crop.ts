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

/**
 * @param picture bytes [height, width, bytesPerPixel], red first
 * @param scale, shift [3]
 * @returns [outHeight, outWidth, 3]
 */
export function cropResize(picture: ArrayLike<number>, scale: ArrayLike<number>, shift: ArrayLike<number>, shape: CropShape): Float64Array {
  const { outHeight, outWidth, reverse } = shape;
  const sample = shape.nearest ? nearest : bilinear;
  const out = new Float64Array(outHeight * outWidth * 3);
  for (let v = 0; v < outHeight; v++) {
    for (let u = 0; u < outWidth; u++) {
      const y = shape.originY + v * shape.stepY;
      const x = shape.originX + u * shape.stepX;
      for (let k = 0; k < 3; k++) {
        out[(v * outWidth + u) * 3 + k] = sample(picture, shape, y, x, reverse ? 2 - k : k) * scale[k] + shift[k];
      }
    }
  }
  return out;
}

function nearest(picture: ArrayLike<number>, shape: CropShape, y: number, x: number, channel: number): number {
  return pixel(picture, shape, Math.floor(y + 0.5), Math.floor(x + 0.5), channel);
}

function bilinear(picture: ArrayLike<number>, shape: CropShape, y: number, x: number, channel: number): number {
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const [fy, fx] = [y - y0, x - x0];
  return (
    pixel(picture, shape, y0, x0, channel) * (1 - fy) * (1 - fx) +
    pixel(picture, shape, y0, x0 + 1, channel) * (1 - fy) * fx +
    pixel(picture, shape, y0 + 1, x0, channel) * fy * (1 - fx) +
    pixel(picture, shape, y0 + 1, x0 + 1, channel) * fy * fx
  );
}

/** A pixel that may lie outside. */
function pixel(picture: ArrayLike<number>, { height, width, bytesPerPixel, border }: CropShape, y: number, x: number, channel: number): number {
  const [nearY, nearX] = [clamp(y, height), clamp(x, width)];
  if (border === 'zero' && (nearY !== y || nearX !== x)) return 0;
  return picture[(nearY * width + nearX) * bytesPerPixel + channel];
}

export function clamp(index: number, size: number): number {
  return Math.min(Math.max(index, 0), size - 1);
}
