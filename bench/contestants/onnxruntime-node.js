import * as ort from 'onnxruntime-node';
import { runSession } from './onnx-session.js';

/** onnxruntime's native CPU kernels. */
export function load(input) {
  return runSession(ort, input, { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 });
}
