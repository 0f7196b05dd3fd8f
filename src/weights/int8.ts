/**
 * Symmetric 8-bit integers, one scale per output channel (the first dimension): value = integer * scale of its channel,
 * integers from -127 to 127, so that the worst rounding error is half a scale, 1/254 of the channel's largest magnitude.
 */
const LARGEST = 127;

/** @param floats finite; channels one after the other, each `floats.length / channels` long */
export function encodeInt8(floats: Float32Array, channels: number): { integers: Int8Array; scales: Float32Array } {
  const integers = new Int8Array(floats.length);
  const scales = new Float32Array(channels);
  const length = floats.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const [start, end] = [channel * length, (channel + 1) * length];
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(floats[i]));
    // Of a channel of zeros, or too near to them for a scale, any scale will do.
    const scale = Math.fround(largest / LARGEST) || 1;
    scales[channel] = scale;
    for (let i = start; i < end; i++) integers[i] = Math.max(-LARGEST, Math.min(LARGEST, Math.round(floats[i] / scale)));
  }
  return { integers, scales };
}

/** @param integers channels one after the other, `scales.length` of them */
export function decodeInt8(integers: Int8Array, scales: Float32Array): Float32Array {
  const floats = new Float32Array(integers.length);
  const length = integers.length / scales.length;
  for (let channel = 0, i = 0; channel < scales.length; channel++) {
    for (const end = (channel + 1) * length; i < end; i++) floats[i] = integers[i] * scales[channel];
  }
  return floats;
}
