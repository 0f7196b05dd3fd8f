export { depthwiseFourSums } from './depthwise-f32-four-sums';
export { convolutionEightPixels } from './gemm-f32-eight-pixels';
export { convolutionPixelFinish } from './gemm-f32-pixel-finish';
export { convolutionTwoSteps } from './gemm-f32-two-steps';
