// A picture with its faces, on any canvas: what is done to the faces, their axes, their marks.
import { marksOf } from '../../dist/image/face-marks.js';
import { paintMark } from '../../dist/runtimes/browser/paint-mark.js';
import { paintDisguise } from './disguise.js';
import { paintHidden } from './hide-faces.js';
import { paintAxes } from './pose-axes.js';

/** What can be done to a face, in pixels of the picture: under its marks, as what hides it, or over them, as what it wears. */
const EFFECTS = {
  none: {},
  disguise: { over: (context, _, face) => face.pose && paintDisguise(context, face) },
  pixels: { under: (context, frame, face) => paintHidden(context, frame, face, false) },
  blur: { under: (context, frame, face) => paintHidden(context, frame, face, true) },
};

/**
 * @param shown `frame`, an ImageBitmap or VideoFrame; `faces`; `mirror`, whether left and right change places
 * @param place of the picture on the canvas: `left`, `top`, `scale`; and a `pixel` of the screen in those of the canvas
 * @param choice `layers` that are drawn, and `effect`
 */
export function paintPicture(context, { frame, faces, mirror }, { left, top, scale, pixel }, { layers, effect }) {
  const { width, height } = sizeOf(frame);
  const { under, over } = EFFECTS[effect];
  const inPicture = (paint) => {
    context.save();
    if (mirror) context.transform(-scale, 0, 0, scale, left + width * scale, top);
    else context.transform(scale, 0, 0, scale, left, top);
    // The centre of pixel 0 lies half a pixel from the edge.
    context.translate(0.5, 0.5);
    paint();
    context.restore();
  };

  inPicture(() => {
    context.imageSmoothingQuality = 'high';
    context.drawImage(frame, -0.5, -0.5, width, height);
    if (under) for (const face of faces) under(context, frame, face);
    if (layers.axes) for (const face of faces) if (face.pose) paintAxes(context, face, pixel / scale);
  });

  const across = (x) => left + (mirror ? width - x - 0.5 : x + 0.5) * scale;
  const down = (y) => top + (y + 0.5) * scale;
  faces.forEach(({ box, landmarks, roll }, i) => {
    const placed = {
      box: { x: across(mirror ? box.x + box.width : box.x), y: down(box.y), width: box.width * scale, height: box.height * scale },
      landmarks: landmarks.map(({ x, y, score }) => ({ x: across(x), y: down(y), score })),
      roll: mirror ? -roll : roll,
    };
    for (const mark of marksOf(placed, faces.length > 1 ? i + 1 : undefined, pixel, layers)) paintMark(context, mark);
  });

  inPicture(() => {
    if (over) for (const face of faces) over(context, frame, face);
  });
}

/** Of an ImageBitmap or VideoFrame. */
export const sizeOf = (frame) => ({ width: frame.displayWidth ?? frame.width, height: frame.displayHeight ?? frame.height });
