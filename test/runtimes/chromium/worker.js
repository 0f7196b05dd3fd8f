// Import maps don't reach into workers.
import { loadPipnet } from '/node_modules/pipnet-wasm/dist/runtimes/browser/index.js';
import { workload } from '../workload.js';
import { fetchPicture } from '../picture.js';

postMessage(await workload(loadPipnet, await fetchPicture()));
