// Where a face will be in the next frame: where it was, moved on as it moved.
import { angleBetween } from '../base/affine.ts';
import type { Box, Pose } from '../base/types.ts';

/** Share of the last step's speed in the speed that is believed; the rest is what was believed before. */
const SPEED_SHARE = 0.5;

/** Milliseconds over which a speed is carried on, at most: after a pause, nobody knows. */
const LONGEST = 100;

interface Speed {
  /** Pixels a millisecond. */
  x: number;
  y: number;
  /** E-folds a millisecond. */
  size: number;
  /** Radians a millisecond. */
  roll: number;
}

const REST: Speed = { x: 0, y: 0, size: 0, roll: 0 };

/** A face's pose and speed. */
export class Motion {
  #pose: Pose;
  #speed = REST;

  constructor(pose: Pose) {
    this.#pose = pose;
  }

  /** Where the face was seen last. */
  get pose(): Pose {
    return this.#pose;
  }

  /** @param ms since it was seen last */
  predict(ms: number): Pose {
    const time = Math.min(ms, LONGEST);
    const { x, y, size, roll } = this.#speed;
    const centre = centreOf(this.#pose.box);
    const scale = Math.exp(size * time);
    const [width, height] = [this.#pose.box.width * scale, this.#pose.box.height * scale];
    return {
      box: { x: centre.x + x * time - width / 2, y: centre.y + y * time - height / 2, width, height },
      roll: this.#pose.roll + roll * time,
    };
  }

  /** @param ms since it was seen last */
  moveTo(pose: Pose, ms: number): void {
    const [from, to] = [centreOf(this.#pose.box), centreOf(pose.box)];
    const time = Math.max(ms, 1);
    const mix = (before: number, now: number) => before + SPEED_SHARE * (now / time - before);
    this.#speed = {
      x: mix(this.#speed.x, to.x - from.x),
      y: mix(this.#speed.y, to.y - from.y),
      size: mix(this.#speed.size, Math.log(pose.box.height / this.#pose.box.height)),
      roll: mix(this.#speed.roll, angleBetween(pose.roll, this.#pose.roll)),
    };
    this.#pose = pose;
  }
}

/** The middle of a box. */
export const centreOf = ({ x, y, width, height }: Box) => ({ x: x + width / 2, y: y + height / 2 });

/** Whether two poses are so near that a face read in either is the same but for noise. */
export function isNear(a: Pose, b: Pose): boolean {
  const [from, to] = [centreOf(a.box), centreOf(b.box)];
  const size = Math.max(a.box.width, a.box.height);
  const differences = [to.x - from.x, to.y - from.y, b.box.width - a.box.width, b.box.height - a.box.height];
  return differences.every((pixels) => Math.abs(pixels) <= NEAR * size) && Math.abs(angleBetween(a.roll, b.roll)) <= NEAR_ROLL;
}

/** Share of the face's size, and radians (1.5 degrees). */
const NEAR = 0.02;
const NEAR_ROLL = Math.PI / 120;
