// Follows faces through frames. Each is read once in a frame, in the upright crop where it should be; the detector sees one part of
// the picture at a time, so that no frame takes much longer than others, and all of it only where it must: at the first frame,
// after a cut, while nobody is followed, and when somebody was just lost.
import { toDegrees } from '../base/affine.ts';
import { landmarkBox } from '../base/crop-rules.ts';
import { ArgumentError } from '../base/errors.ts';
import { inTurn } from '../base/in-turn.ts';
import { mean } from '../base/statistics.ts';
import type { Face, Pixels, ScoredBox } from '../base/types.ts';
import { isFace, leastScore } from '../faces/evidence.ts';
import { areOfOneFace, intersectionOverUnion } from '../faces/nms.ts';
import { planSweep, type Glance } from '../faces/sweep.ts';
import type { FaceReader } from '../pip/face-reader.ts';
import { landmarksOf } from '../pip/decode.ts';
import { ALIKE, lookAt } from './appearance.ts';
import { headPose, type HeadPose } from './head-pose.ts';
import { faceMeasures, type FaceMeasures } from './measures.ts';
import { isKnownScheme } from './schemes.ts';
import { FaceSmoother, type SmoothRules } from './smoother.ts';
import { SAME, Track, type Found } from './track.ts';
import { Watch } from './watch.ts';

/** Frames in which a face that was lost is looked for where it should be. */
const MAX_MISSED = 10;

/** Overlap (IoU) of two faces from which on it isn't sure whose looks are whose. */
const TOUCHING = 0.1;

/** A face in a frame. Its `box` is that of its landmarks, and its `score` their mean. */
export interface TrackedFace extends Face {
  /** The same for the same face from frame to frame; counts from 1. */
  id: number;
  /** Where it looks; with 68 or 98 landmarks only. */
  pose?: HeadPose;
  /** How far eyes and mouth are open; with 68 or 98 landmarks only. */
  measures?: FaceMeasures;
}

/** What sees: a picture's pixels, the landmarks of a face, and faces. */
export interface Eyes<Source> {
  read(frame: Source): Promise<Pixels>;
  reader: FaceReader;
  meanFace: ArrayLike<number>;
  /** All faces of a picture down to a score. */
  detect(pixels: Pixels, threshold: number, detectSize: number): Promise<ScoredBox[]>;
  /** The faces of a part of a picture; undefined where a detector only looks at whole pictures. */
  glance: ((pixels: Pixels, threshold: number, glance: Glance) => ScoredBox[]) | undefined;
}

/** How faces are followed; what users may leave out is filled in. */
export interface TrackRules {
  threshold: number;
  detectSize: number;
  detectEvery: number;
  maxFaces: number;
  keep: number;
  /** The camera's, in pixels, if it is known. */
  focalLength: number | undefined;
  /** Undefined: landmarks as the network has them. */
  smoothing: SmoothRules | undefined;
}

export class FaceTracker<Source> {
  readonly #eyes: Eyes<Source>;
  readonly #rules: TrackRules;
  readonly #inTurn = inTurn();
  #tracks: Track[] = [];
  /** Faces that were lost, for when they come back. */
  #gone: Track[] = [];
  #watch = new Watch();
  #sweep: Glance[] = [];
  /** Frames since a sweep began, or since the whole picture was looked at. */
  #age = 0;
  #nextId = 1;
  #time = -Infinity;

  constructor(eyes: Eyes<Source>, rules: TrackRules) {
    this.#eyes = eyes;
    this.#rules = rules;
  }

  /** @param time of the frame, in milliseconds */
  next(frame: Source, time: number): Promise<TrackedFace[]> {
    return this.#inTurn(() => this.#next(frame, time));
  }

  async #next(frame: Source, time: number): Promise<TrackedFace[]> {
    if (!(time > this.#time)) {
      throw new ArgumentError(
        `timestamp ${time} is not after the frame before's, ${this.#time}: give milliseconds that grow, or reset first`,
      );
    }
    const pixels = await this.#eyes.read(frame);
    this.#time = time;
    const { isCut, isStill } = this.#watch.next(pixels);
    if (isCut) this.#leaveScene();
    this.#gone = this.#gone.filter(({ seen }) => time - seen <= this.#rules.keep);

    const wasFollowed = this.#followed.length;
    this.#follow(pixels, isStill);
    const isFollowed = this.#followed.length;
    const newcomers = await this.#look(pixels, isCut || isFollowed === 0 || isFollowed < wasFollowed);
    for (const box of newcomers) this.#meet(pixels, box);
    return this.#followed.map((track) => this.#show(track, pixels));
  }

  reset(): void {
    this.#tracks = [];
    this.#gone = [];
    this.#watch = new Watch();
    this.#age = 0;
    this.#time = -Infinity;
  }

  /** The faces that were read in the last frame. */
  get #followed(): Track[] {
    return this.#tracks.filter(({ missed }) => missed === 0);
  }

  /** Reads all faces where they should be. */
  #follow(pixels: Pixels, isStill: boolean): void {
    const found = new Map<Track, Found>();
    for (const track of this.#tracks) {
      const face = track.read(pixels, this.#time, isStill);
      if (face) found.set(track, face);
    }
    const boxes = new Map([...found].map(([track, { reading }]) => [track, landmarkBox(reading.merged)]));
    const isAlone = (track: Track) =>
      [...boxes].every(([other, box]) => other === track || intersectionOverUnion(box, boxes.get(track)!) <= TOUCHING);
    for (const [track, face] of found) {
      if (track.isHidden && track.likeness(face.look) < ALIKE) found.delete(track);
    }
    // Where two follow one face, it is whose looks it has.
    for (const [a, face] of [...found]) {
      for (const [b, other] of [...found]) {
        if (a === b || !found.has(a) || !found.has(b) || intersectionOverUnion(boxes.get(a)!, boxes.get(b)!) <= SAME) continue;
        const hidden = a.likeness(face.look) < b.likeness(other.look) ? a : b;
        hidden.isHidden = true;
        found.delete(hidden);
      }
    }
    for (const track of this.#tracks) {
      const face = found.get(track);
      if (face) track.accept(face, this.#time, isAlone(track));
      else track.miss([...found.keys()]);
    }
    this.#leave(this.#tracks.filter(({ missed }) => missed > MAX_MISSED));
  }

  /** What the detector sees in this frame: everything, a part, or nothing. */
  async #look(pixels: Pixels, everything: boolean): Promise<ScoredBox[]> {
    const { threshold, detectSize, detectEvery, maxFaces } = this.#rules;
    const least = leastScore(threshold);
    this.#age++;
    if (everything || (!this.#eyes.glance && this.#age > detectEvery)) {
      [this.#sweep, this.#age] = [[], 0];
      return this.#eyes.detect(pixels, least, detectSize);
    }
    if (!this.#eyes.glance || this.#tracks.length >= maxFaces) return [];
    if (this.#sweep.length === 0 && this.#age >= detectEvery) {
      this.#sweep = planSweep(pixels.width, pixels.height, detectSize);
      this.#age = 0;
    }
    const glance = this.#sweep.shift();
    return glance ? this.#eyes.glance(pixels, least, glance) : [];
  }

  /** A face that the detector has seen: one that is followed, one that was lost, or a new one. */
  #meet(pixels: Pixels, box: ScoredBox): void {
    const followed = this.#followed;
    if (followed.length >= this.#rules.maxFaces || followed.some((track) => areOfOneFace(track.box, box.box))) return;
    const { reader } = this.#eyes;
    const reading = reader.read(pixels, box, true);
    const pose = reading && reader.poseOf(reading);
    if (!pose || !isFace(box.score, reading.confidence, this.#rules.threshold)) return;
    const lies = landmarkBox(reading.merged);
    if (followed.some((track) => intersectionOverUnion(track.box, lies) > SAME)) return;
    const face: Found = { score: box.score, reading, pose, look: lookAt(pixels, pose) };
    const known = this.#whoIs(face, followed);
    if (known?.isLostAt(reading.confidence)) return;
    this.#tracks = this.#tracks.filter((track) => track !== known);
    this.#gone = this.#gone.filter((track) => track !== known);
    const smoother = this.#rules.smoothing && new FaceSmoother(this.#eyes.meanFace, this.#rules.smoothing);
    // Of who comes out from behind something half a face is seen: what was remembered stays.
    const identity = known ?? { id: this.#nextId++, look: face.look, usual: reading.confidence };
    this.#tracks.push(new Track(identity, face, this.#time, reader, smoother));
    this.#tracks.sort((a, b) => a.id - b.id);
  }

  /** The face among those that are missing that it looks most like, if it does. */
  #whoIs(face: Found, followed: readonly Track[]): Track | undefined {
    const missing = [...this.#tracks.filter(({ missed }) => missed > 0), ...this.#gone];
    const likeness = (track: Track) => track.likeness(face.look);
    return missing.filter((track) => track.mayBe(face, this.#time, followed)).sort((a, b) => likeness(b) - likeness(a))[0];
  }

  /** Who comes back after a cut stands elsewhere. */
  #leaveScene(): void {
    this.#leave(this.#tracks);
    for (const track of this.#gone) track.isInScene = false;
  }

  #leave(tracks: readonly Track[]): void {
    this.#tracks = this.#tracks.filter((track) => !tracks.includes(track));
    this.#gone.push(...tracks);
  }

  #show(track: Track, pixels: Pixels): TrackedFace {
    const { merged, scores, roll } = track.shown;
    const landmarks = landmarksOf({ merged, scores });
    const score = mean(landmarks.map((landmark) => landmark.score));
    const face = { id: track.id, box: landmarkBox(merged), score, landmarks, roll: toDegrees(roll) };
    if (!isKnownScheme(landmarks.length)) return face;
    track.headPose = headPose(landmarks, pixels, { focalLength: this.#rules.focalLength, from: track.headPose });
    return { ...face, pose: track.headPose, measures: faceMeasures(landmarks, track.headPose) };
  }
}
