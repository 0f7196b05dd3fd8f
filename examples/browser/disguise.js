// Glasses, a moustache and a hat, put onto a head as it is turned.
import { project, unitOf } from './on-head.js';

/** What is put on, the hindmost first: the middle and the width in units of the head. A hat is round: it turns with no yaw. */
const PIECES = [
  { url: new URL('./hat.svg', import.meta.url), middle: [0, -1.1, 0.25], width: 2.1, isRound: true },
  { url: new URL('./moustache.svg', import.meta.url), middle: [0, 0.64, -0.42], width: 0.72 },
  { url: new URL('./glasses.svg', import.meta.url), middle: [0, 0.01, -0.16], width: 1.36 },
].map((piece) => ({ ...piece, image: Object.assign(new Image(), { src: piece.url }) }));

/** Resolves once all of them can be painted. */
export const disguiseLoaded = () => Promise.all(PIECES.map(({ image }) => image.decode()));

/** @param context in pixels of the picture */
export function paintDisguise(context, { pose }) {
  for (const { image, middle, width, isRound } of PIECES) {
    const centre = project(pose, middle);
    const scale = width / image.naturalWidth;
    const [right, down] = isRound ? upright(pose) : [0, 1].map((axis) => along(pose, middle, centre, axis));
    context.save();
    // A small part of the head is seen nearly flat: a parallelogram will do.
    context.transform(scale * right.x, scale * right.y, scale * down.x, scale * down.y, centre.x, centre.y);
    context.drawImage(image, -image.naturalWidth / 2, -image.naturalHeight / 2);
    context.restore();
  }
}

/** What a unit of the head along one of its axes is in the picture. */
function along(pose, middle, centre, axis) {
  const end = project(
    pose,
    middle.map((value, i) => value + (i === axis ? 1 : 0)),
  );
  return { x: end.x - centre.x, y: end.y - centre.y };
}

function upright(pose) {
  const roll = (pose.roll * Math.PI) / 180;
  const unit = unitOf(pose);
  return [
    { x: unit * Math.cos(roll), y: unit * Math.sin(roll) },
    { x: -unit * Math.sin(roll), y: unit * Math.cos(roll) },
  ];
}
