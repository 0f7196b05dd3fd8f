/** Landmarks that tests can count on: a row of points 10 pixels apart, zigzagging 20 pixels, so any two are apart. */
export function zigzag(landmarks: number, x = 0, y = 0): Float64Array {
  return Float64Array.from({ length: 2 * landmarks }, (_, i) => {
    const landmark = i >> 1;
    return i % 2 === 0 ? x + 10 * landmark : y + 20 * (landmark % 2);
  });
}

/** One line of a list. */
export function line(name: string, points: Float64Array): string {
  return `${name} ${points.join(' ')}\n`;
}

/** All landmarks `distance` pixels further right. */
export function shifted(points: Float64Array, distance: number): Float64Array {
  return points.map((value, i) => (i % 2 === 0 ? value + distance : value));
}
