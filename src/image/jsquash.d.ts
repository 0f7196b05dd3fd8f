/** The part of mozjpeg's WebAssembly build that `mozjpeg.ts` uses; the package types only its browser entry. */
declare module '@jsquash/jpeg/codec/dec/mozjpeg_dec.js' {
  interface Decoder {
    decode(bytes: Uint8Array, applyOrientation: boolean): { data: Uint8ClampedArray; width: number; height: number };
  }
  export default function createDecoder(options: object): Promise<Decoder>;
}
