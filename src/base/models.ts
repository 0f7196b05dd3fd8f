/** The landmark models that come with the package, by the names that stand for them, and their files in weights/. */
export const MODEL_FILES = {
  default: 'pipnet-mobilenetv2-68',
  nano: 'pipnet-nano-68',
} as const;
/** The name of a landmark model that comes with the package. */
export type ModelName = keyof typeof MODEL_FILES;
/** The names of all of them. */
export const MODEL_NAMES = Object.keys(MODEL_FILES) as ModelName[];

/** Whether a model is meant that comes with the package; a file of that name is `./nano`. */
export const isModelName = (source: unknown): source is ModelName => typeof source === 'string' && Object.hasOwn(MODEL_FILES, source);
