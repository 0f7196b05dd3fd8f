/** A number with so many decimals at most, as results are written. */
export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
