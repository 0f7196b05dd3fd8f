/**
 * A module of one function that uses one relaxed SIMD instruction (f32x4.relaxed_madd); it validates only where the
 * runtime has relaxed SIMD.
 *
 *   (func (param v128) (result v128)  local.get 0  local.get 0  local.get 0  f32x4.relaxed_madd)
 */
const RELAXED_SIMD_PROBE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x06, 0x01, 0x60, 0x01, 0x7b, 0x01, 0x7b, // type: v128 -> v128
  0x03, 0x02, 0x01, 0x00, // one function of that type
  0x0a, 0x0d, 0x01, 0x0b, 0x00, // code: one body, no locals
  0x20, 0x00, 0x20, 0x00, 0x20, 0x00, 0xfd, 0x85, 0x02, 0x0b,
]);

/** Fused multiply-add and its kin: Node 22 and later, Deno, Bun, current browsers. */
export function supportsRelaxedSimd(): boolean {
  return WebAssembly.validate(RELAXED_SIMD_PROBE);
}
