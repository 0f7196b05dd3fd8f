import type { Engine } from '../engine/engine.ts';
import type { DetectorModel } from '../weights/model.ts';
import { FaceboxesDetector } from './faceboxes-detector.ts';
import { FacegridDetector } from './facegrid-detector.ts';
import type { NetworkDetector } from './network-detector.ts';

/** The detector of a model, ready to run. */
export function createDetector(engine: Engine, model: DetectorModel): NetworkDetector {
  return model.kind === 'faceboxes' ? new FaceboxesDetector(engine, model) : new FacegridDetector(engine, model);
}
