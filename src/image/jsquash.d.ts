/** The parts of the WebAssembly decoders that are used here; their packages type only browser entries. */
declare module '@jsquash/jpeg/codec/dec/mozjpeg_dec.js' {
  const create: import('./emscripten.ts').CreateDecoder<[applyOrientation: boolean]>;
  export default create;
}

declare module '@jsquash/webp/codec/dec/webp_dec.js' {
  const create: import('./emscripten.ts').CreateDecoder<[]>;
  export default create;
}

declare module '@jsquash/avif/codec/dec/avif_dec.js' {
  const create: import('./emscripten.ts').CreateDecoder<[bitDepth: number]>;
  export default create;
}
