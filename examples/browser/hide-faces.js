// Faces made unknowable: so few pixels are left of each that nothing more is in what is drawn. What isn't found isn't hidden.
import { facePartsOf } from '../../dist/base/face-parts.js';

/** How many pixels wide what is left of a face is. */
const WIDTH = 9;

/** How much of a jaw's length the forehead has above its ends, and how much larger all is made: hair and ears tell, too. */
const FOREHEAD = 0.85;
const GROWTH = 1.12;

const small = new OffscreenCanvas(WIDTH, WIDTH);

/**
 * @param context in pixels of the picture
 * @param isSoft blurred instead of in squares
 */
export function paintHidden(context, frame, face, isSoft) {
  const outline = outlineOf(face);
  const [xs, ys] = [outline.map(({ x }) => x), outline.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const few = small.getContext('2d');
  few.imageSmoothingQuality = 'high';
  few.drawImage(frame, left, top, width, height, 0, 0, WIDTH, WIDTH);
  context.save();
  context.beginPath();
  for (const { x, y } of outline) context.lineTo(x, y);
  context.clip();
  context.imageSmoothingEnabled = isSoft;
  context.drawImage(small, left, top, width, height);
  context.restore();
}

/** Around a face: its jaw, and the same turned up for the forehead; its box where no jaw is known. */
function outlineOf({ box, landmarks }) {
  const jaw = facePartsOf(landmarks.length).find(({ name }) => name === 'jaw');
  if (!jaw) return cornersOf(box);
  const down = jaw.points.map((i) => landmarks[i]);
  const [first, last] = [down[0], down.at(-1)];
  const [dx, dy] = [last.x - first.x, last.y - first.y];
  // Which way up is, for a face at any angle: away from the jaw, across the line of its ends.
  const up = down.map(({ x, y }) => {
    const depth = ((x - first.x) * -dy + (y - first.y) * dx) / (dx * dx + dy * dy);
    return { x: x + (1 + FOREHEAD) * depth * dy, y: y - (1 + FOREHEAD) * depth * dx };
  });
  const outline = [...down, ...up.reverse()];
  const middle = { x: (first.x + last.x) / 2, y: (first.y + last.y) / 2 };
  return outline.map(({ x, y }) => ({ x: middle.x + GROWTH * (x - middle.x), y: middle.y + GROWTH * (y - middle.y) }));
}

function cornersOf({ x, y, width, height }) {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
}
