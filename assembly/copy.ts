/** Moves bytes; the two places may overlap. */
export function copy(out: usize, input: usize, bytes: usize): void {
  memory.copy(out, input, bytes);
}
