// JPEG decoding through mozjpeg compiled to WebAssembly: six times as fast as jimp's decoder, and with libjpeg's pixels,
// as OpenCV and Pillow have them. Where its module comes from is the runtime's affair.
import createDecoder from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import type { Pixels } from '../types.ts';

/** An instance of mozjpeg. Its memory grows with its largest picture and never shrinks; after a failure it is of no use. */
export interface Mozjpeg {
  /**
   * Decodes a JPEG, turned as its EXIF orientation says.
   *
   * @returns RGBA pixels
   * @throws Error if the file is truncated, damaged, or of a colour space that mozjpeg doesn't convert (CMYK)
   */
  decode(bytes: Uint8Array): Pixels;
}

/** @param module mozjpeg_dec.wasm of @jsquash/jpeg */
export async function createMozjpeg(module: WebAssembly.Module): Promise<Mozjpeg> {
  let messages: string[] = [];
  const decoder = await createDecoder({
    noInitialRun: true,
    instantiateWasm(imports: WebAssembly.Imports, callback: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      callback(instance);
      return instance.exports;
    },
    print: (line: string) => messages.push(line),
    printErr: (line: string) => messages.push(line),
  });
  return {
    decode(bytes) {
      messages = [];
      const { data, width, height } = withImageData(() => decoder.decode(bytes, true));
      const truncated = messages.find((line) => /premature end/i.test(line));
      if (truncated) throw new Error(truncated);
      return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
    },
  };
}

/** The decoder makes a browser's `ImageData`, which other runtimes lack. */
function withImageData<T>(decode: () => T): T {
  if ('ImageData' in globalThis) return decode();
  const scope = globalThis as { ImageData?: unknown };
  scope.ImageData = class {
    readonly data: Uint8ClampedArray;
    readonly width: number;
    readonly height: number;
    constructor(data: Uint8ClampedArray, width: number, height: number) {
      this.data = data;
      this.width = width;
      this.height = height;
    }
  };
  try {
    return decode();
  } finally {
    delete scope.ImageData;
  }
}
