/** What a detector's training takes and learns: pictures with any number of faces. */
import { after } from '../engine/draft.ts';
import { FACEGRID_CHANNELS, FACEGRID_STRIDES } from '../network/facegrid.ts';
import { F32 } from '../wasm/kernels/border.ts';
import { FACE, FACE_NUMBERS, type DetectionBatch } from '../base/detection.ts';
import type { Criterion } from './criterion.ts';
import { assign, DETECTION_PARTS, mapLoss, type DetectionParts } from './detection-loss.ts';
import type { TrainEngine } from './kernels.ts';

const MAPS = FACEGRID_STRIDES.map((stride) => `head${stride}`);

export function detectionCriterion(engine: TrainEngine, size: number): Criterion<DetectionBatch> {
  const shapes = FACEGRID_STRIDES.map((stride) => ({ stride, rows: size / stride, columns: size / stride }));
  const floats = shapes.map(({ rows, columns }) => rows * columns * FACEGRID_CHANNELS);
  return {
    parts: DETECTION_PARTS,
    objective: (losses) => ({
      outputs: MAPS,
      inputs: (draft, samples) => Object.fromEntries(MAPS.map((name, i) => [name, draft.floats(samples * floats[i])])),
      draft(pass, maps) {
        const { draft, network } = pass;
        draft.begin('loss', 'loss');
        draft.call('fill', { out: losses, byte: 0, bytes: DETECTION_PARTS.length * 8 });
        MAPS.forEach((name, i) => {
          const output = pass.outputs.get(network.outputs[name])!;
          draft.call('copy', { out: maps[name], input: output.y!, bytes: pass.samples * floats[i] * F32 });
          pass.setGradient(network.outputs[name], after(maps[name], 0));
        });
      },
    }),
    check() {},
    fill() {},
    measure({ faces }, parts) {
      const sums: DetectionParts = { score: 0, box: 0, points: 0 };
      const pictures = parts.flatMap(({ begin, end, at }) =>
        Array.from({ length: end - begin }, (_, i) => {
          const own = facesOf(faces, begin + i);
          return { own, at, i, cells: shapes.map((shape) => assign(shape, own)) };
        }),
      );
      const learned = pictures.reduce(
        (sum, { cells }) => sum + cells.reduce((part, map) => part + map.filter((face) => face >= 0).length, 0),
        0,
      );
      const share = 1 / Math.max(1, learned);
      for (const { own, at, i, cells } of pictures) {
        shapes.forEach((shape, map) => {
          const values = engine.floats(at[MAPS[map]] + i * floats[map] * F32, floats[map]);
          mapLoss(values, shape, cells[map], own, share, sums);
        });
      }
      return DETECTION_PARTS.map((part) => sums[part]);
    },
  };
}

/** The faces of one picture; those of a batch are in the pictures' order. */
function facesOf(faces: Float32Array, picture: number): Float32Array {
  let begin = 0;
  while (begin < faces.length && faces[begin + FACE.picture] < picture) begin += FACE_NUMBERS;
  let end = begin;
  while (end < faces.length && faces[end + FACE.picture] === picture) end += FACE_NUMBERS;
  return faces.subarray(begin, end);
}
