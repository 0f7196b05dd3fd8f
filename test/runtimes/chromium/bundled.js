// For bundlers that hand out the files they are asked for, but don't understand new URL(..., import.meta.url).
import { loadPipnet } from 'pipnet-wasm';
import detector from 'pipnet-wasm/weights/faceboxesv2.safetensors';
import model from 'pipnet-wasm/weights/pipnet-mobilenetv2-68.safetensors';
import { workload } from '../workload.js';
import { fetchPicture } from './picture.js';

globalThis.output = fetchPicture().then((picture) => workload(loadPipnet, picture, { model, detector }));
