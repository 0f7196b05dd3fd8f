// Where a face looks, as three axes from the tip of its nose: across (red), up (green), and the way it looks (blue).
import { paintMark } from '../../dist/runtimes/browser/paint-mark.js';
import { project, unitOf } from './on-head.js';

const NOSE = [0, 0.41, -0.49];

/** Ends, in units of the head from the nose; the last one is nearest to the viewer. */
const AXES = [
  { to: [0.6, 0, 0], colour: [255, 82, 82] },
  { to: [0, -0.6, 0], colour: [84, 224, 120] },
  { to: [0, 0, -0.9], colour: [70, 150, 255] },
];

const SHADE = [0, 0, 0];

/** Width in units of the head, and in pixels of the screen where that is less. */
const WIDTH = 0.035;
const MAX_WIDTH = 4;

/** @param pixel a pixel of the screen in those of the picture */
export function paintAxes(context, { pose }, pixel) {
  const width = Math.min(WIDTH * unitOf(pose), MAX_WIDTH * pixel);
  const from = project(pose, NOSE);
  for (const { to, colour } of AXES) {
    const end = project(
      pose,
      NOSE.map((value, axis) => value + to[axis]),
    );
    // A straight line as a curve: its controls lie on it.
    const curves = [[from, from, end, end]];
    paintMark(context, { kind: 'stroke', curves, width: 1.6 * width, colour: SHADE, opacity: 0.4 });
    paintMark(context, { kind: 'stroke', curves, width, colour, opacity: 1 });
    paintMark(context, { kind: 'disc', centre: end, radius: 1.4 * width, colour, opacity: 1 });
  }
}
