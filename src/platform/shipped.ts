/** The weights that come with the package, as files. */
export const SHIPPED_MODEL = new URL('../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url);
export const SHIPPED_DETECTOR = new URL('../../weights/faceboxesv2.safetensors', import.meta.url);
