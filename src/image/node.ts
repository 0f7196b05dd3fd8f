/** Pictures in Node, Deno and Bun. */
export { decodeImage } from './decode.ts';
export { drawFaces } from './draw.ts';
export { encodePng } from './encode.ts';
