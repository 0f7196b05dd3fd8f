/** Pictures in browsers and their module workers. */
export { decodeImage } from './decode-browser.ts';
export { drawFaces } from './draw.ts';
export { encodePng } from './encode.ts';
