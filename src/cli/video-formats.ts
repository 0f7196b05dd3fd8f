// What is printed of the frames of a video: an object each for programs, or a row for each face in it.
import type { PipnetError } from '../base/errors.ts';
import { round } from '../base/round.ts';
import type { TrackedFace } from '../track/tracker.ts';
import { csvFace, csvFaceColumns } from './formats.ts';
import { jsonFace } from './report.ts';

/** A frame that was looked at. */
export interface FrameResult {
  /** Counts from 0. */
  frame: number;
  /** Milliseconds. */
  timestamp: number;
  width: number;
  height: number;
  /** In the order of their ids. */
  faces: TrackedFace[];
}

/** Each gives lines. */
export interface VideoPrinter {
  begin?(): string[];
  frame(result: FrameResult): string[];
  /** A frame that couldn't be read. */
  failure(frame: number, error: PipnetError): string[];
}

export const jsonPrinter: VideoPrinter = {
  frame: ({ frame, timestamp, width, height, faces }) => [
    JSON.stringify({ schemaVersion: 1, frame, timestamp: round(timestamp, 3), width, height, faces: faces.map(jsonTrackedFace) }),
  ],
  failure: (frame, { name, message }) => [JSON.stringify({ schemaVersion: 1, frame, error: { name, message } })],
};

const COLUMNS = 'frame timestamp id pose_yaw pose_pitch pose_roll eye_left eye_right mouth_open mouth_width gaze_x gaze_y'.split(' ');

/** @param landmarks of a face */
export function csvPrinter(landmarks: number): VideoPrinter {
  return {
    begin: () => [[...COLUMNS, ...csvFaceColumns(landmarks)].join()],
    frame: ({ frame, timestamp, faces }) =>
      faces.map((face) => {
        const { yaw, pitch, roll } = face.pose ?? {};
        const { eyes, mouth, gaze } = face.measures ?? {};
        const measures = [eyes?.left, eyes?.right, mouth?.open, mouth?.width, gaze?.x, gaze?.y];
        const cells = [...[yaw, pitch, roll].map(rounded(1)), ...measures.map(rounded(3))];
        return [frame, round(timestamp, 3), face.id, ...cells, ...csvFace(face)].join();
      }),
    failure: () => [],
  };
}

function jsonTrackedFace(face: TrackedFace): object {
  const { id, pose, measures } = face;
  const to = (decimals: number, values: Record<string, number>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value, decimals)]));
  return {
    id,
    ...jsonFace(face),
    ...(pose && { pose: to(1, { yaw: pose.yaw, pitch: pose.pitch, roll: pose.roll }) }),
    ...(measures && { measures: Object.fromEntries(Object.entries(measures).map(([part, values]) => [part, to(3, values)])) }),
  };
}

/** Of what isn't known, an empty cell. */
const rounded = (decimals: number) => (value: number | undefined) => (value === undefined ? '' : round(value, decimals));
