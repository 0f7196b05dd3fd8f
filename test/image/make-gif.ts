/** A frame of a GIF: colours by number, 0 black, 1 red, 2 green, 3 blue. */
export interface FrameToWrite {
  at: [x: number, y: number, width: number, height: number];
  pixels: number[];
  flags?: number;
  /** Hundredths of a second. */
  delay?: number;
  disposal?: number;
  transparent?: number;
}

const short = (value: number) => [value & 255, value >> 8];

/** A GIF whose codes, of 3 bits, clear the table before each pixel, so that their width never grows. */
export function makeGif(screen: [number, number], frames: FrameToWrite[]): Buffer {
  const palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
  const head = [...Buffer.from('GIF89a'), ...screen.flatMap(short), 0x81, 0, 0, ...palette];
  return Buffer.from([...head, ...frames.flatMap(frameBytes), 0x3b]);
}

function frameBytes({ at, pixels, flags = 0, delay = 0, disposal = 0, transparent }: FrameToWrite): number[] {
  const codes = [...pixels.flatMap((pixel) => [4, pixel]), 5];
  const bits = codes.flatMap((code) => [code & 1, (code >> 1) & 1, code >> 2]);
  const bytes = Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((sum, bit, j) => sum | (bit << j), 0),
  );
  const control = [0x21, 0xf9, 4, (disposal << 2) | Number(transparent !== undefined), ...short(delay), transparent ?? 0, 0];
  return [...control, 0x2c, ...at.flatMap(short), flags, 2, bytes.length, ...bytes, 0];
}
