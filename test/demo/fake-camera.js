// What Chromium's fake video device plays: a photograph before which the camera sways.
import { writeFile } from 'node:fs/promises';

export const SIZE = { width: 640, height: 480 };
export const FRAMES = 60;
const FRAMES_PER_SECOND = 30;

/** The face in test/images/grace-hopper.jpg, and how many of the picture's rows are seen around it. */
export const LOOKS_AT = { x: 256, y: 220, side: 400 };

/** Centre and zoom of a frame's view; a loop, so that it plays without a jump. */
function view(frame) {
  const turn = (2 * Math.PI * frame) / FRAMES;
  return { shiftX: 0.12 * Math.sin(turn), shiftY: 0.08 * Math.sin(2 * turn), zoom: 1 + 0.15 * Math.cos(turn) };
}

/**
 * Where a frame's pixel (u, v) lies in the picture: x = left + u * step, y = top + v * step.
 *
 * @param centre what the camera looks at, and how many rows of the picture it sees
 */
export function gridOf(frame, { side, ...centre }) {
  const { shiftX, shiftY, zoom } = view(frame);
  const step = side / SIZE.height / zoom;
  return { left: centre.x + shiftX * side - (SIZE.width / 2) * step, top: centre.y + shiftY * side - (SIZE.height / 2) * step, step };
}

/** A frame as RGB, the picture's edge repeated outside. */
export function renderFrame(pixels, grid) {
  const { width, height } = SIZE;
  const channels = pixels.data.length / (pixels.width * pixels.height);
  const data = new Uint8ClampedArray(width * height * 3);
  const clamp = (value, size) => Math.max(0, Math.min(size - 1.001, value));
  for (let v = 0, out = 0; v < height; v++) {
    const y = clamp(grid.top + v * grid.step, pixels.height);
    const row = Math.floor(y);
    for (let u = 0; u < width; u++) {
      const x = clamp(grid.left + u * grid.step, pixels.width);
      const column = Math.floor(x);
      for (let channel = 0; channel < 3; channel++) {
        const at = (dx, dy) => pixels.data[((row + dy) * pixels.width + column + dx) * channels + channel];
        const upper = at(0, 0) + (x - column) * (at(1, 0) - at(0, 0));
        const lower = at(0, 1) + (x - column) * (at(1, 1) - at(0, 1));
        data[out++] = upper + (y - row) * (lower - upper);
      }
    }
  }
  return { data, width, height };
}

/** Writes frames as YUV4MPEG2, 4:2:0 with BT.601's limited range. */
export async function writeY4m(path, frames) {
  const { width, height } = SIZE;
  const parts = [Buffer.from(`YUV4MPEG2 W${width} H${height} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`)];
  for (const { data } of frames) {
    const luma = Buffer.alloc(width * height);
    const blue = Buffer.alloc(luma.length / 4);
    const red = Buffer.alloc(luma.length / 4);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const [r, g, b] = data.subarray(3 * i, 3 * i + 3);
        luma[i] = 16 + (65.5 * r + 128.6 * g + 25 * b) / 255;
        if (x % 2 || y % 2) continue;
        const chroma = (y >> 1) * (width >> 1) + (x >> 1);
        blue[chroma] = 128 + (-37.8 * r - 74.2 * g + 112 * b) / 255;
        red[chroma] = 128 + (112 * r - 93.8 * g - 18.2 * b) / 255;
      }
    }
    parts.push(Buffer.from('FRAME\n'), luma, blue, red);
  }
  await writeFile(path, Buffer.concat(parts));
}
