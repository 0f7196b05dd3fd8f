// Threads that nobody ends must not keep the process alive.
import { loadPipnet } from 'pipnet-wasm';

console.log((await loadPipnet({ threads: 2 })).info().threads);
