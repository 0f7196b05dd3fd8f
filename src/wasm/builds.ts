/** Baseline SIMD, or with fused multiply-add. */
export type KernelBuild = 'simd' | 'relaxed';

/**
 * Where a platform keeps the compiled kernels: bytes, or modules where the runtime compiles them itself (workerd). The
 * builds for shared memory may be missing where there are no threads, or be the only ones.
 */
export type KernelBuilds = { [build in KernelBuild | `${KernelBuild}Threads`]?: KernelSource };
export type KernelSource = Uint8Array | WebAssembly.Module;
