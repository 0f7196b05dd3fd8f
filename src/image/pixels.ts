// Conversions between layouts of decoded pictures.
import type { Pixels } from '../base/types.ts';

/** A copy of an RGB or RGBA picture as RGBA; RGB becomes opaque. */
export function toRgba({ data, width, height }: Pixels): Pixels {
  if (data.length === width * height * 4) return { data: Uint8Array.from(data), width, height };
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from];
    rgba[to + 1] = data[from + 1];
    rgba[to + 2] = data[from + 2];
  }
  return { data: rgba, width, height };
}
