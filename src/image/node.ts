/** Pictures in Node, Deno and Bun. */

export type { ImageBytes } from './bytes.ts';
export { decodeImage } from './decode.ts';
export { drawFaces } from './draw.ts';
export { type Deflate, encodePng } from './encode.ts';
