/** Pictures in browsers and their module workers. */

export type { ImageBytes } from './bytes.ts';
export { decodeImage } from './decode-browser.ts';
export { drawFaces } from './draw.ts';
export { type Deflate, encodePng } from './encode.ts';
