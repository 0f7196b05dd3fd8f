/** What the rule for Data in wrangler.toml makes of an import. */
declare module '*.safetensors' {
  const bytes: ArrayBuffer;
  export default bytes;
}
