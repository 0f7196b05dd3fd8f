import * as ort from 'onnxruntime-web';
import { runSession } from './onnx-session.js';

/** onnxruntime's CPU kernels compiled to WebAssembly. */
export function load(input) {
  ort.env.wasm.numThreads = 1;
  return runSession(ort, input, { executionProviders: ['wasm'] });
}
