/** Who takes part. Every one has one thread, unless its name says more. */

/** Node has relaxed SIMD since 22; before, V8 hides it behind a flag. */
const RELAXED_SIMD_NODE = 22;
const RELAXED_SIMD_FLAG = '--experimental-wasm-relaxed-simd';

/**
 * `module` is a file of this folder; `ours` marks the rows that ratios are taken to; `approximate` computes in int8: its
 * maps aren't compared (`pipnet-wasm evaluate` tells what it costs), it takes part where there is a landmark network;
 * `packages` must be installed.
 *
 * @param {number} nodeVersion major version of the Node that will run them
 */
export function contestantsFor(nodeVersion) {
  const relaxedFlags = nodeVersion < RELAXED_SIMD_NODE ? [RELAXED_SIMD_FLAG] : [];
  return [
    { name: 'pipnet-wasm, simd', ours: true, module: 'ours.js', options: { kernels: 'simd', threads: 1 } },
    { name: 'pipnet-wasm, relaxed', ours: true, module: 'ours.js', options: { kernels: 'relaxed', threads: 1 }, flags: relaxedFlags },
    {
      name: 'pipnet-wasm, relaxed, 2 threads',
      ours: true,
      module: 'ours.js',
      options: { kernels: 'relaxed', threads: 2 },
      flags: relaxedFlags,
    },
    {
      name: 'pipnet-wasm, simd, int8',
      ours: true,
      approximate: true,
      module: 'ours.js',
      options: { kernels: 'simd', threads: 1, int8: true },
    },
    {
      name: 'pipnet-wasm, relaxed, int8',
      ours: true,
      approximate: true,
      module: 'ours.js',
      options: { kernels: 'relaxed', threads: 1, int8: true },
      flags: relaxedFlags,
    },
    { name: 'onnxruntime-web', module: 'onnxruntime-web.js', packages: ['onnxruntime-web'] },
    { name: 'LiteRT.js', module: 'litert.js', packages: ['@litertjs/core'] },
    { name: 'tfjs-wasm', module: 'tfjs.js', packages: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'] },
    { name: 'onnxruntime-node', module: 'onnxruntime-node.js', packages: ['onnxruntime-node'] },
  ];
}
