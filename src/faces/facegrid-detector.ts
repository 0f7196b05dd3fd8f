import type { Engine } from '../engine/engine.ts';
import { FACEGRID_CHANNELS, FACEGRID_STRIDES, facegrid } from '../network/facegrid.ts';
import type { ScoredBox } from '../base/types.ts';
import { PIXEL_MEAN, PIXEL_STD, type FacegridModel } from '../weights/model.ts';
import { CENTRE, cellCentre, FACE_POINTS, LOGIT, POINTS, SIZE, unitOf } from './facegrid-code.ts';
import { NetworkDetector, type DetectorDesign } from './network-detector.ts';

const bytes = (values: readonly number[]) => values.map((value) => value * 255);

const DESIGN: DetectorDesign = {
  network: facegrid,
  outputs: FACEGRID_STRIDES.map((stride) => `head${stride}`),
  normalisation: { mean: bytes(PIXEL_MEAN), std: bytes(PIXEL_STD), order: 'rgb' },
  reliable: { from: 48, to: 288 },
  decode(outputs, valuesOf, threshold) {
    const least = Math.log(threshold / (1 - threshold));
    const found: ScoredBox[] = [];
    for (const stride of FACEGRID_STRIDES) {
      const output = outputs[`head${stride}`];
      const values = valuesOf(output);
      const unit = unitOf(stride);
      for (let cell = 0; cell < output.height * output.width; cell++) {
        const at = cell * FACEGRID_CHANNELS;
        if (!(values[at + LOGIT] > least)) continue;
        const cellX = cellCentre(cell % output.width, stride);
        const cellY = cellCentre(Math.floor(cell / output.width), stride);
        const width = unit * Math.exp(values[at + SIZE]);
        const height = unit * Math.exp(values[at + SIZE + 1]);
        const x = cellX + unit * values[at + CENTRE] - width / 2;
        const y = cellY + unit * values[at + CENTRE + 1] - height / 2;
        if (!(width < Infinity && height < Infinity)) continue;
        const points = Array.from({ length: FACE_POINTS }, (_, i) => ({
          x: cellX + unit * values[at + POINTS + 2 * i],
          y: cellY + unit * values[at + POINTS + 2 * i + 1],
        }));
        found.push({ box: { x, y, width, height }, score: 1 / (1 + Math.exp(-values[at + LOGIT])), points });
      }
    }
    return found;
  },
};

/** Our detector with its weights: faces at any roll angle, with five points each. */
export class FacegridDetector extends NetworkDetector {
  constructor(engine: Engine, model: FacegridModel) {
    super(engine, model, DESIGN);
  }
}
