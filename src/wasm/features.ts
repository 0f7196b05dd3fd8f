/**
 * A module of one function that uses one relaxed SIMD instruction; it validates only where the runtime has them.
 *
 *   (func (export "f") (result i32)
 *     (i32x4.extract_lane 0 (i32x4.relaxed_dot_i8x16_i7x16_add_s (i32x4.splat 0) (i32x4.splat 0) (i32x4.splat 1))))
 */
// biome-ignore format: a line for each part
const RELAXED_SIMD_PROBE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f, // type: () -> i32
  0x03, 0x02, 0x01, 0x00, // one function of that type
  0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, // exported as "f"
  0x0a, 0x16, 0x01, 0x14, 0x00, // code: one body, no locals
  0x41, 0x00, 0xfd, 0x11, 0x41, 0x00, 0xfd, 0x11, 0x41, 0x01, 0xfd, 0x11, // three vectors
  0xfd, 0x93, 0x02, 0xfd, 0x1b, 0x00, 0x0b, // the dot product's sum, its first lane
]);

let relaxedSimd: boolean | undefined;

/**
 * Fused multiply-add and its kin: Node 22 and later, Deno, Bun, current browsers.
 *
 * Node 20 has them behind a flag, but its baseline compiler forgets the sum of the dot product: such a runtime counts as
 * one without.
 */
export function supportsRelaxedSimd(): boolean {
  relaxedSimd ??= WebAssembly.validate(RELAXED_SIMD_PROBE) && keepsSum();
  return relaxedSimd;
}

function keepsSum(): boolean {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(RELAXED_SIMD_PROBE));
    return (exports.f as () => number)() === 1;
  } catch {
    // Cloudflare Workers compile nothing at run time; their compiler is a later one.
    return true;
  }
}
