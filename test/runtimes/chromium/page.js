import { loadPipnet } from 'pipnet-wasm';
import { workload } from '../workload.js';
import { fetchPicture } from '../picture.js';

globalThis.output = fetchPicture().then((picture) => workload(loadPipnet, picture));
