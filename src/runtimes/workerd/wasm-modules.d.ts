/** What workerd makes of a static import of a .wasm file. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
