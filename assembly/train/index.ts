/**
 * The kernels of training, a module of their own so that the detector's stays small. All of them work on memory that
 * the threads share; tensors are NHWC. Forward convolution, depthwise, pooling and squeeze-and-excite are the detector's.
 */
export { copyChannels, crelu } from '../channels-f32';
export { depthwise } from '../depthwise-f32';
export { convolution } from '../gemm-f32';
export { im2col } from '../im2col-f32';
export { averagePool, maxPool } from '../pool-f32';
export { squeezeExcite } from '../squeeze-excite-f32';
export { activationBackward } from './activation-backward-f32';
export { normApply, normBackward, normBackwardFinish, normBackwardSums, normFinish, normSums } from './batch-norm-f32';
export { addChannels, creluBackward } from './channels-backward-f32';
export { col2im } from './col2im-f32';
export { depthwiseInputGradient, depthwiseWeightGradient } from './depthwise-backward-f32';
export { columnSums, weightGradient } from './gemm-backward-f32';
export { copy } from '../copy';
export { adam, add, average, fill, gather, moveTowards, squareSum } from './optimise-f32';
export { packInputGradient, packRows, reverseTaps } from './pack';
export { offsetLoss, scoreLoss } from './pip-loss-f32';
export { averagePoolBackward, maxPoolBackward } from './pool-backward-f32';
export { squeezeExciteBackward } from './squeeze-excite-backward-f32';
