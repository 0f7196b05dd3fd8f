import type { KernelBuilds } from './builds.ts';
import { fromBase64 } from './base64.ts';
import * as inlined from './kernels/inlined.ts';

/** The kernels as they are inlined in the package: for every runtime but workerd, which compiles only what it imports. */
export function inlinedKernels(): KernelBuilds {
  /** The builds for shared memory end as the others do. */
  const withTail = (head: string, of: string, tail: number) => {
    const [begin, end] = [fromBase64(head), fromBase64(of).slice(-tail)];
    const bytes = new Uint8Array(begin.length + end.length);
    bytes.set(begin);
    bytes.set(end, begin.length);
    return bytes;
  };
  return {
    get simd() {
      return fromBase64(inlined.simd);
    },
    get relaxed() {
      return fromBase64(inlined.relaxed);
    },
    get simdThreads() {
      return withTail(inlined.simdThreads, inlined.simd, inlined.simdThreadsTail);
    },
    get relaxedThreads() {
      return withTail(inlined.relaxedThreads, inlined.relaxed, inlined.relaxedThreadsTail);
    },
  };
}
