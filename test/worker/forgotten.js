// A Pipnet in a worker that nobody disposes of: the process must end all the same.
import { loadPipnet } from '../../dist/runtimes/node/index.js';

const pipnet = await loadPipnet({ model: 'nano', worker: true });
console.log((await pipnet.detect(process.argv[2])).length);
