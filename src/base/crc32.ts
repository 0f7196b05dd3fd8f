/** The polynomial of ISO 3309, as zip and PNG use it, its bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** The remainder of every byte; built at first use. */
let remainders: Uint32Array | undefined;

/** The checksum that zip files store of each entry. */
export function crc32(bytes: Uint8Array): number {
  const table = (remainders ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) byte = (byte >>> 1) ^ (byte & 1 ? POLYNOMIAL : 0);
    return byte;
  }));
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
