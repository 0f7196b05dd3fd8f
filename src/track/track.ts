// One face that is followed: where it is, what it looks like, and its filters.
import { landmarkBox } from '../base/crop-rules.ts';
import { correlation } from '../base/statistics.ts';
import type { Box, Pixels, Pose } from '../base/types.ts';
import type { FaceReader, Reading } from '../pip/face-reader.ts';
import { ALIKE, ALIKE_BEHIND, ALIKE_NEAR, learn, lookAt, type Look } from './appearance.ts';
import type { HeadPose } from './head-pose.ts';
import { centreOf, isNear, Motion } from './motion.ts';
import type { FaceSmoother } from './smoother.ts';

/**
 * Mean score of the landmarks below which a face is lost: under a hand, behind another, out of the picture. Faces behind masks
 * and profiles are never much surer: for them it is a share of what they have had.
 */
const LOST = 0.45;
const LOST_SHARE = 0.7;

/** A face that is less sure than this share of what it has been is behind something, or turns away: its looks aren't learned. */
const SURE_SHARE = 0.9;

/** How far a face that isn't seen moves in a second, in its own sizes. */
const FACES_A_SECOND = 1;

/** How far from where it went behind something it comes out, in its own sizes. */
const SAME_PLACE = 0.5;

/** While a face is gone, its size changes by at most this factor. */
const MAX_CHANGE = 2;

/** From one frame to the next a face grows at most so much. */
const MAX_GROWTH = 1.5;

/** Smallest side of a face that can be read, in pixels. */
const LEAST_SIDE = 8;

/** How much the last frame counts in what a face's landmarks usually score. */
const USUAL_SHARE = 0.1;

/** How far apart two faces are, in sizes of the larger, where one may go behind the other or come out. */
const BESIDE = 1.5;

/** Overlap (IoU) of two faces' boxes from which on one of them may be the other. */
export const SAME = 0.5;

export class Track {
  readonly id: number;
  /** The detector's score. */
  readonly score: number;
  /** Mean score that its landmarks usually have. */
  usual: number;
  /** Milliseconds, when it was read last. */
  seen: number;
  /** Frames since it was read last; 0 while it is. */
  missed = 0;
  /** Whether another face is where this one should be: then only its looks tell when it is back. */
  isHidden = false;
  /** Whether the scene is still the one that it was seen in. */
  isInScene = true;
  /** Where it looked when it was shown last. */
  headPose: HeadPose | undefined;
  /** The ids of the faces beside it when it was read last: it may be behind one of them. */
  #beside: readonly number[] = [];
  #reader: FaceReader;
  #motion: Motion;
  #reading: Reading;
  #readIn: Pose | undefined;
  #memory: Look;
  #smoother: FaceSmoother | undefined;
  #shown: Float64Array;

  constructor({ id, look, usual }: Identity, face: Found, time: number, reader: FaceReader, smoother: FaceSmoother | undefined) {
    this.id = id;
    this.score = face.score;
    this.seen = time;
    this.#reader = reader;
    this.#reading = face.reading;
    this.#motion = new Motion(face.pose);
    this.usual = usual;
    this.#memory = look;
    this.#smoother = smoother;
    this.#shown = smoother?.next(face.reading.merged, face.reading.scores, FIRST_SECONDS) ?? face.reading.merged;
  }

  /** The box of its landmarks where it was read last. */
  get box(): Box {
    return landmarkBox(this.#reading.merged);
  }
  /** The landmarks to show, x y x y ..., and their scores. */
  get shown(): { merged: Float64Array; scores: Float32Array; roll: number } {
    return { merged: this.#shown, scores: this.#reading.scores, roll: this.#reading.roll };
  }

  /**
   * Reads it where it should be now.
   *
   * @param isStill whether the picture stands still: then it is read where it was read before, which leaves out the noise of the crop
   * @returns undefined if it isn't there
   */
  read(pixels: Pixels, time: number, isStill: boolean): Found | undefined {
    const expected = isStill ? this.#motion.pose : this.#motion.predict(time - this.seen);
    const pose = isStill && this.#readIn && isNear(this.#readIn, expected) ? this.#readIn : expected;
    const reading = this.#reader.readPose(pixels, pose);
    const found = this.#reader.poseOf(reading);
    if (!found || this.isLostAt(reading.confidence)) return undefined;
    const growth = found.box.height / pose.box.height;
    const { x, y } = centreOf(found.box);
    const isPlausible = growth < MAX_GROWTH && growth > 1 / MAX_GROWTH && Math.min(found.box.width, found.box.height) >= LEAST_SIDE;
    if (!isPlausible || x < 0 || y < 0 || x >= pixels.width || y >= pixels.height) return undefined;
    return { score: this.score, reading, pose: found, readIn: pose, look: lookAt(pixels, found) };
  }

  /**
   * It is where it was found.
   *
   * @param isAlone whether no other face is near: only then it is sure whose looks these are, and whose way
   */
  accept({ reading, pose, readIn, look }: Found, time: number, isAlone: boolean): void {
    const ms = time - this.seen;
    // After a gap its speed is anybody's guess.
    if (this.missed > 0) this.#motion = new Motion(pose);
    else this.#motion.moveTo(pose, ms);
    this.#reading = reading;
    this.#readIn = readIn;
    if (isAlone && reading.confidence > SURE_SHARE * this.usual) learn(this.#memory, look);
    this.usual += USUAL_SHARE * (reading.confidence - this.usual);
    this.#shown = this.#smoother?.next(reading.merged, reading.scores, Math.max(ms, 1) / 1000) ?? reading.merged;
    this.seen = time;
    this.missed = 0;
    this.isHidden = false;
  }

  /** @param confidence mean score of the landmarks where it should be */
  isLostAt(confidence: number): boolean {
    return confidence < Math.min(LOST, LOST_SHARE * this.usual);
  }

  /** It isn't where it should be, while others are found. */
  miss(others: readonly Track[]): void {
    if (this.missed === 0) this.#beside = others.filter(({ box }) => farApart(this.box, box) < BESIDE).map(({ id }) => id);
    this.missed++;
  }

  get look(): Look {
    return this.#memory;
  }

  /** How much a face looks like this one: -1 to 1. */
  likeness(look: Look): number {
    return correlation(this.#memory, look);
  }

  /**
   * Whether a face that wasn't followed may be this one that is missing: it is as large, and looks the same, stands near, or
   * comes out from behind what this one went behind.
   *
   * @param time of the frame, in milliseconds
   * @param followed the faces that are seen
   */
  mayBe({ look, pose }: Found, time: number, followed: readonly Track[]): boolean {
    const [from, to] = [this.#motion.pose.box, pose.box];
    const growth = to.height / from.height;
    const way = this.isInScene ? farApart(from, to) : Infinity;
    const isNearby = way < 1 + (FACES_A_SECOND * (time - this.seen)) / 1000;
    const comesOut = followed.some(({ id, box }) => this.#beside.includes(id) && farApart(box, to) < BESIDE);
    const least = way < SAME_PLACE || (comesOut && isNearby) ? ALIKE_BEHIND : isNearby ? ALIKE_NEAR : ALIKE;
    return growth < MAX_CHANGE && growth > 1 / MAX_CHANGE && this.likeness(look) > least;
  }
}

/** From one box's middle to the other's, in sizes of the larger. */
function farApart(a: Box, b: Box): number {
  const [from, to] = [centreOf(a), centreOf(b)];
  return Math.hypot(to.x - from.x, to.y - from.y) / Math.max(a.width, a.height, b.width, b.height);
}

/** Who somebody is: a number, and what is remembered of their looks and of how surely they are read. */
export interface Identity {
  id: number;
  look: Look;
  usual: number;
}

/** A face as it was found in a frame. */
export interface Found {
  /** The detector's. */
  score: number;
  reading: Reading;
  pose: Pose;
  /** The pose that it was read in, if it was read in one. */
  readIn?: Pose;
  look: Look;
}

/** Before the first frame there was none: any time will do. */
const FIRST_SECONDS = 1;
