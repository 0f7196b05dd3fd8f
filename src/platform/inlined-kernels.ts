import * as base64 from '../wasm/kernels/inlined.ts';
import type { KernelBuilds } from '../wasm/engine.ts';

/** The kernels as they are inlined in the package: for every runtime but workerd, which compiles only what it imports. */
export function inlinedKernels(): KernelBuilds {
  const decode = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return {
    get simd() {
      return decode(base64.simd);
    },
    get relaxed() {
      return decode(base64.relaxed);
    },
    get simdThreads() {
      return decode(base64.simdThreads);
    },
    get relaxedThreads() {
      return decode(base64.relaxedThreads);
    },
  };
}
