/** What comes with the package, by name. */

/** The names of the landmark models that come with the package. */
export const MODEL_NAMES = ['default', 'nano', 'clean', '98'] as const;
/** The name of a landmark model that comes with the package. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** The names of the face detectors that come with the package, the default first. */
export const DETECTOR_NAMES = ['facegrid', 'faceboxes'] as const;
/** The name of a face detector that comes with the package. */
export type DetectorName = (typeof DETECTOR_NAMES)[number];

export type ShippedName = ModelName | DetectorName;

/** Their files in weights/. */
export const SHIPPED_FILES: Record<ShippedName, string> = {
  default: 'pipnet-mobilenetv2-68',
  nano: 'pipnet-nano-68',
  clean: 'pipnet-clean-68',
  98: 'pipnet-98',
  facegrid: 'facegrid',
  faceboxes: 'faceboxesv2',
};

/** Whether something is meant that comes with the package; a file of that name is `./nano`. */
export const isShippedName = (source: unknown): source is ShippedName => typeof source === 'string' && Object.hasOwn(SHIPPED_FILES, source);

/** The option of `loadPipnet` that takes it. */
export const optionOf = (name: ShippedName): 'model' | 'detector' =>
  DETECTOR_NAMES.some((detector) => detector === name) ? 'detector' : 'model';
