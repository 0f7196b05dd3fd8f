// Decoders compiled to WebAssembly by Emscripten (mozjpeg, libwebp, libavif, as @jsquash packs them). Where their modules
// come from is the runtime's affair.
import type { Pixels } from '../base/types.ts';

/** What the script beside a module makes. */
export type CreateDecoder<Options extends unknown[]> = (
  options: object,
) => Promise<{ decode(bytes: Uint8Array, ...options: Options): Pixels | null }>;

/** An instance of a decoder. Its memory grows with its largest picture and never shrinks; after a failure it is of no use. */
export interface Decoder {
  /**
   * Decodes a picture, as it is stored.
   *
   * @returns RGBA pixels
   * @throws Error if the file is truncated or damaged
   */
  decode(bytes: Uint8Array): Pixels;
}

/**
 * @param module the decoder's .wasm
 * @param options what its `decode` is to be given besides the bytes
 */
export async function createDecoder<Options extends unknown[]>(
  create: CreateDecoder<Options>,
  module: WebAssembly.Module,
  ...options: Options
): Promise<Decoder> {
  let messages: string[] = [];
  const hasImageData = 'ImageData' in globalThis;
  const decoder = await create({
    noInitialRun: true,
    // Unused; without it, the script looks for its module by `import.meta`, which a CommonJS bundle lacks.
    locateFile: (name: string) => name,
    instantiateWasm(imports: WebAssembly.Imports, callback: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      callback(instance);
      return instance.exports;
    },
    print: (line: string) => messages.push(line),
    printErr: (line: string) => messages.push(line),
  });
  // Some scripts leave one behind in Node.
  if (!hasImageData) delete (globalThis as { ImageData?: unknown }).ImageData;
  return {
    decode(bytes) {
      messages = [];
      const picture = withImageData(() => decoder.decode(bytes, ...options));
      if (!picture) throw new Error(messages[0] ?? 'the decoder refuses it');
      // libjpeg's first warning: bits or, where a restart marker should stand, the marker of the end.
      const truncated = messages.find((line) => /premature end|found marker 0xd9/i.test(line));
      if (truncated) throw new Error(truncated);
      const { data, width, height } = picture;
      return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
    },
  };
}

/** The decoders make a browser's `ImageData`, which other runtimes lack. */
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
