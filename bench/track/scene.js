/**
 * Synthetic video: photographs of faces with known landmarks on a photograph without, seen by a camera that moves. Where each
 * landmark is in each frame is known exactly.
 */
import { randomFrom } from '../../dist/base/random.js';

/** What the camera films, in pixels of a canvas of its own. */
export function makeCanvas(background, size = 1200) {
  const canvas = { data: new Uint8Array(size * size * 3), width: size, height: size };
  const channels = channelsOf(background);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sx = Math.floor((x * background.width) / size);
      const sy = Math.floor((y * background.height) / size);
      for (let c = 0; c < 3; c++) canvas.data[(y * size + x) * 3 + c] = background.data[(sy * background.width + sx) * channels + c];
    }
  }
  return canvas;
}

/**
 * Pastes a face's photograph with a soft edge.
 *
 * @param face { pixels, points }
 * @param size of the face (longer side of its landmarks' box) in pixels of the canvas; x, y: its centre
 * @returns its landmarks on the canvas
 */
export function pasteFace(canvas, { pixels, points }, { x, y, size }) {
  const box = boxOf(points);
  const scale = size / Math.max(box.width, box.height);
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const [left, top] = [x - cx * scale, y - cy * scale];
  const [width, height] = [pixels.width * scale, pixels.height * scale];
  for (let v = Math.max(0, Math.ceil(top)); v < Math.min(canvas.height, top + height); v++) {
    for (let u = Math.max(0, Math.ceil(left)); u < Math.min(canvas.width, left + width); u++) {
      // Half transparent at the edge, whole an eighth of the photograph inside.
      const inside = Math.min((u - left) / width, (v - top) / height, 1 - (u - left) / width, 1 - (v - top) / height);
      const alpha = Math.min(1, inside * 12);
      const colour = sample(pixels, (u - left) / scale, (v - top) / scale);
      const at = (v * canvas.width + u) * 3;
      for (let c = 0; c < 3; c++) canvas.data[at + c] = canvas.data[at + c] * (1 - alpha) + colour[c] * alpha;
    }
  }
  return points.map((value, i) => (i % 2 === 0 ? left + value * scale : top + value * scale));
}

/**
 * What a camera sees.
 *
 * @param camera { x, y: the place of the canvas in the middle of the frame; zoom: pixels of the frame per pixel of the canvas; roll: degrees }
 */
export function film(canvas, { x, y, zoom = 1, roll = 0 }, { width, height }) {
  const frame = { data: new Uint8Array(width * height * 3), width, height };
  const [cos, sin] = [Math.cos((roll * Math.PI) / 180) / zoom, Math.sin((roll * Math.PI) / 180) / zoom];
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const [du, dv] = [u + 0.5 - width / 2, v + 0.5 - height / 2];
      const colour = sample(canvas, x + cos * du + sin * dv, y + cos * dv - sin * du);
      const at = (v * width + u) * 3;
      for (let c = 0; c < 3; c++) frame.data[at + c] = colour[c];
    }
  }
  return frame;
}

/** Places of the canvas in a frame. */
export function project(points, { x, y, zoom = 1, roll = 0 }, { width, height }) {
  const [cos, sin] = [Math.cos((roll * Math.PI) / 180) * zoom, Math.sin((roll * Math.PI) / 180) * zoom];
  return points.map((_, i) => {
    const [dx, dy] = [points[i & ~1] - x, points[i | 1] - y];
    return i % 2 === 0 ? width / 2 + cos * dx - sin * dy : height / 2 + sin * dx + cos * dy;
  });
}

/** A sensor's noise and exposure. @param deviation of the noise, in grey levels */
export function expose(frame, seed, { deviation = 0, gain = 1 }) {
  const random = randomFrom(seed);
  // Sum of four even draws: near enough to a sensor's noise, and cheap.
  const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  for (let i = 0; i < frame.data.length; i++) {
    const value = frame.data[i] * gain + (deviation > 0 ? deviation * normal() : 0);
    frame.data[i] = Math.max(0, Math.min(255, Math.round(value)));
  }
  return frame;
}

/** A grey bar in front of everything. */
export function occlude(frame, { x, y, width, height }, grey = 90) {
  for (let v = Math.max(0, Math.floor(y)); v < Math.min(frame.height, y + height); v++) {
    for (let u = Math.max(0, Math.floor(x)); u < Math.min(frame.width, x + width); u++)
      frame.data.fill(grey, (v * frame.width + u) * 3, (v * frame.width + u) * 3 + 3);
  }
  return frame;
}

export function boxOf(points) {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Bilinear; the edge goes on outside. Pixels' centres are at one half. */
function sample(pixels, x, y) {
  const channels = channelsOf(pixels);
  const [px, py] = [clamp(x - 0.5, pixels.width - 1), clamp(y - 0.5, pixels.height - 1)];
  const [left, top] = [Math.min(Math.floor(px), pixels.width - 2), Math.min(Math.floor(py), pixels.height - 2)];
  const [a, b] = [px - left, py - top];
  const at = (top * pixels.width + left) * channels;
  const below = at + pixels.width * channels;
  const { data } = pixels;
  colour[0] = (data[at] * (1 - a) + data[at + channels] * a) * (1 - b) + (data[below] * (1 - a) + data[below + channels] * a) * b;
  colour[1] =
    (data[at + 1] * (1 - a) + data[at + channels + 1] * a) * (1 - b) + (data[below + 1] * (1 - a) + data[below + channels + 1] * a) * b;
  colour[2] =
    (data[at + 2] * (1 - a) + data[at + channels + 2] * a) * (1 - b) + (data[below + 2] * (1 - a) + data[below + channels + 2] * a) * b;
  return colour;
}

const colour = [0, 0, 0];
const clamp = (value, most) => Math.max(0, Math.min(most, value));
const channelsOf = ({ data, width, height }) => data.length / (width * height);
