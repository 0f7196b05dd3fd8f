/** Pictures in browsers and their module workers. */
export { decodeImage } from './decode.ts';
export { drawFaces } from '../../image/draw.ts';
export { encodePng } from '../../image/encode.ts';
