/**
 * Pictures in Node, Deno and Bun.
 *
 * @module pipnet-wasm/image
 */
export { decodeImage } from './decode.ts';
export { drawFaces } from './draw.ts';
export { encodePng, type Deflate } from './encode.ts';
