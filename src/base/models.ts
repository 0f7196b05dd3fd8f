/** The names of the landmark models that come with the package. */
export const MODEL_NAMES = ['default', 'nano', 'clean', '98'] as const;
/** The name of a landmark model that comes with the package. */
export type ModelName = (typeof MODEL_NAMES)[number];

/** Their files in weights/. */
export const MODEL_FILES: Record<ModelName, string> = {
  default: 'pipnet-mobilenetv2-68',
  nano: 'pipnet-nano-68',
  clean: 'pipnet-clean-68',
  98: 'pipnet-98',
};

/** Whether a model is meant that comes with the package; a file of that name is `./nano`. */
export const isModelName = (source: unknown): source is ModelName => MODEL_NAMES.some((name) => name === source);
