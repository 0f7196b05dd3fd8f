/**
 * The slow twins of assembly/*.ts: what each kernel computes, written to be read. Plain arrays in row-major order, sums in
 * float64, no strides, no ranges, no blocks; pixels are NHWC without the N, convolution weights in PyTorch's order.
 */
export { convolution, convolution as convolutionRows, depthwise, winograd } from './convolution.ts';
export { cropAffine, cropResize, halve } from './crop.ts';
export { averagePool, copyChannels, crelu, maxPool, squeezeExcite } from './layers.ts';
export { copy, packGemm, packWinograd, transpose } from './pack.ts';
export { argMax, sparseHead } from './pip-head.ts';
export { convolutionI8, packGemmI8, quantize, quantizedBytes } from './quantize.ts';
