import { createRequire } from 'node:module';
import { join } from 'node:path';
import { checkError, runPage } from '../run.js';

export const packages = ['rollup@4.68.8', '@rollup/plugin-node-resolve@16.0.3', '@web/rollup-plugin-import-meta-assets@2.3.3'];
export const apps = [{ name: 'Rollup, browser', worker: false, run }];

async function run(app) {
  const require = createRequire(join(app, 'package.json'));
  const { importMetaAssets } = await import(require.resolve('@web/rollup-plugin-import-meta-assets'));
  const page = () => runPage(app, '/rollup/index.html', /404/);
  await build(app, require, []);
  checkError((await page()).error, 'ModelError', 'pipnet-wasm/weights/pipnet-mobilenetv2-68.safetensors');
  await build(app, require, [importMetaAssets()]);
  return page();
}

async function build(app, require, plugins) {
  const { nodeResolve } = require('@rollup/plugin-node-resolve');
  const bundle = await require('rollup').rollup({ input: join(app, 'page.js'), plugins: [nodeResolve({ browser: true }), ...plugins] });
  await bundle.write({ dir: join(app, 'rollup/web') });
  await bundle.close();
}
