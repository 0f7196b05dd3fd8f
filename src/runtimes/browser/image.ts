/** Pictures in browsers and their module workers. */
export { decodeImage } from './decode.ts';
export { alignFace, type AlignableFace, type AlignedFace, type AlignOptions, type AlignTemplate } from '../../faces/align-face.ts';
export { drawFaces } from '../../image/draw.ts';
export type { DrawnFace } from '../../image/face-marks.ts';
export { encodePng, type Deflate } from '../../image/encode.ts';
export type { ImageBytes } from '../../image/bytes.ts';
