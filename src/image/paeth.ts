/**
 * PNG's predictor (PNG specification, 9.4): which of the bytes left, above and above left is nearest to left + above - above
 * left. Without branches, which on photographs would be guessed wrong half of the time: by masks of 0 or -1.
 */
export function paeth(left: number, above: number, corner: number): number {
  const fromLeft = above - corner;
  const fromAbove = left - corner;
  const toLeft = absolute(fromLeft);
  const toAbove = absolute(fromAbove);
  const toCorner = absolute(fromLeft + fromAbove);
  const nearer = above ^ ((above ^ corner) & ((toCorner - toAbove) >> 31));
  return left ^ ((left ^ nearer) & (((toAbove - toLeft) | (toCorner - toLeft)) >> 31));
}

function absolute(value: number): number {
  const sign = value >> 31;
  return (value ^ sign) - sign;
}
