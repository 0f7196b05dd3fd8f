/** A map in NHWC order in the order that all contestants' maps are compared in. */
export function toNchw(values, channels) {
  const pixels = values.length / channels;
  return values.map((_, i) => values[(i % pixels) * channels + Math.floor(i / pixels)]);
}
