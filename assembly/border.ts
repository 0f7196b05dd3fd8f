/**
 * The numbers that kernels and their callers agree on. The build copies them, with the signatures of all exported kernels,
 * to src/wasm/kernels/: they are written here only.
 */

/** Bytes of an f32. */
export const F32: usize = 4;

/** Output pixels and channels of the GEMM kernels' register tile; weights are packed in panels of that many channels. */
export const TILE_PIXELS: i32 = 4;
export const PANEL_CHANNELS: i32 = 8;

/** Bytes of a pointer in the GEMM kernels' tables. */
export const POINTER: i32 = 4;

/** Codes of `activation` arguments. */
export const NONE: i32 = 0;
export const RELU: i32 = 1;
export const RELU6: i32 = 2;
export const HARD_SWISH: i32 = 3;
export const HARD_SIGMOID: i32 = 4;

/** Side in output pixels, and planes, of a transformed tile of Winograd's F(4x4, 3x3). */
export const WINOGRAD_TILE: i32 = 4;
export const WINOGRAD_PLANES: usize = 36;

/** Bytes behind a plane: strides that are powers of two would map all planes to the same cache sets. */
export const WINOGRAD_GAP: usize = 64;

/** Bytes that hold a tile of four channels between the two passes of a transform: of pixels, and of weights. */
export const WINOGRAD_WORKSPACE: usize = 576;
export const WINOGRAD_PACK_WORKSPACE: usize = 288;

/** Bytes of `cropResize`'s scale and shift. */
export const CROP_PARAMETERS: usize = 32;

/** Codes of `cropResize`'s border. */
export const BORDER_CLAMP: i32 = 0;
export const BORDER_ZERO: i32 = 1;

/** Per channel of a batch norm in training: floats of its state, doubles of its sums. */
export const NORM_STATE: i32 = 7;
export const NORM_SUMS: i32 = 2;

/** Added to a batch norm's variance; PyTorch's default, which all our networks keep. */
export const NORM_EPSILON: f64 = 1e-5;

/** Floats of `adam`'s settings. */
export const ADAM_SETTINGS: i32 = 10;

/** Bytes behind a tensor that some kernels read, or write before what follows is written. */
export const SLACK: usize = 32;
