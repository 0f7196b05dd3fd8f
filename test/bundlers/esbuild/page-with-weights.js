// esbuild hands out the files that are imported, but doesn't look for new URL(..., import.meta.url).
import detector from 'pipnet-wasm/weights/facegrid.safetensors';
import model from 'pipnet-wasm/weights/pipnet-mobilenetv2-68.safetensors';
import { findLandmarks } from '../landmarks.js';
import { fetchPicture } from '../picture.js';

globalThis.output = fetchPicture().then((picture) => findLandmarks(picture, { model, detector }));
