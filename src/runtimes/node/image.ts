/** Pictures in Node, Deno and Bun. */
export { decodeImage } from './decode.ts';
export { drawFaces } from '../../image/draw.ts';
export { encodePng } from '../../image/encode.ts';
