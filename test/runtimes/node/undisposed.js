// A picture by its path, which loads a decoder. Threads that nobody ends must not keep the process alive.
import { loadPipnet } from 'pipnet-wasm';

const pipnet = await loadPipnet({ threads: 2 });
const [{ landmarks }] = await pipnet.detect('picture.jpg');
console.log(JSON.stringify({ threads: pipnet.info().threads, landmarks: landmarks.flatMap(({ x, y }) => [x, y]) }));
