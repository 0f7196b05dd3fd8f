export { cropResize } from './crop';
export { depthwise } from './depthwise-f32';
export { convolution } from './gemm-f32';
export { im2col } from './im2col-f32';
export { packGemm, transpose } from './pack';
export { argMax, sparseHead } from './pip-head';
export { averagePool, maxPool } from './pool-f32';
export { squeezeExcite } from './squeeze-excite-f32';
export { packWinograd, winograd } from './winograd4x4-f32';
