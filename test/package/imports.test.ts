import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** `npm test` builds first: what is walked is what a user's bundler sees. */
const dist = new URL('../../dist/', import.meta.url);

interface Imports {
  /** Modules that are loaded with an entry. */
  files: Set<string>;
  /** Packages, by name, that are loaded with it. */
  packages: Set<string>;
  /** What `import()` may load later. */
  later: Set<string>;
}

function importsOf(entry: string): Imports {
  const imports: Imports = { files: new Set(), packages: new Set(), later: new Set() };
  const visitFile = (url: URL) => {
    const file = fileURLToPath(url);
    if (imports.files.has(file)) return;
    imports.files.add(file);
    if (!file.endsWith('.js')) return;
    const visit = (node: ts.Node): void => {
      if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
        const name = (node.moduleSpecifier as ts.StringLiteral).text;
        if (name.startsWith('.')) visitFile(new URL(name, url));
        else imports.packages.add(name);
      }
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const [name] = node.arguments;
        imports.later.add(ts.isStringLiteral(name) ? name.text : '?');
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022));
  };
  visitFile(new URL(entry, dist));
  return imports;
}

it.each([
  {
    entry: 'runtimes/node/index.js',
    builtins: ['node:fs', 'node:fs/promises', 'node:module', 'node:path', 'node:url', 'node:worker_threads'],
    lazy: ['./decode.js'],
  },
  { entry: 'runtimes/workerd/index.js', builtins: [], lazy: [] },
  { entry: 'runtimes/browser/index.js', builtins: [], lazy: ['./decode.js'] },
])('$entry loads no npm package', ({ entry, builtins, lazy }) => {
  const { files, packages, later } = importsOf(entry);
  expect([...packages].sort()).toEqual(builtins);
  expect([...later]).toEqual(lazy);
  expect(files.size).toBeGreaterThan(20);
  for (const file of files) expect(existsSync(file), file).toBe(true);
});

it('the reader of pictures is loaded with the first picture, each package with the first that needs it', () => {
  const { packages, later } = importsOf('runtimes/node/decode.js');
  expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual([]);
  const decoders = ['avif/codec/dec/avif', 'jpeg/codec/dec/mozjpeg', 'webp/codec/dec/webp'].map((path) => `@jsquash/${path}_dec.js`);
  expect([...later].sort()).toEqual(['@jimp/core', '@jimp/js-jpeg', ...decoders]);
});

it('the kernels are imported as modules only by the entry for Workers', () => {
  const wasm = (entry: string) => [...importsOf(entry).files].filter((file) => file.endsWith('.wasm')).length;
  expect([wasm('runtimes/workerd/index.js'), wasm('runtimes/node/index.js'), wasm('runtimes/browser/index.js')]).toEqual([2, 0, 0]);
});

/** An entry as the source of a CommonJS module. */
async function toCommonJs(entry: string): Promise<string> {
  const options: BuildOptions = { bundle: true, packages: 'external', external: ['*.wasm'], format: 'cjs', logLevel: 'silent' };
  const { outputFiles } = await build({ ...options, entryPoints: [fileURLToPath(new URL(entry, dist))], write: false });
  return outputFiles[0].text;
}

/** What it exports, run where none of the package's files lies beside it: CommonJS has no `import.meta`. */
async function loadCommonJs(entry: string): Promise<Record<string, any>> {
  const module = { exports: {} };
  new Function('module', 'require', await toCommonJs(entry))(module, createRequire(import.meta.url));
  return module.exports;
}

it.each(['runtimes/node/index.js', 'runtimes/workerd/index.js', 'runtimes/browser/index.js'])(
  '%s awaits nothing while it loads',
  async (entry) => {
    // CommonJS has no top-level await: esbuild refuses it.
    await expect(toCommonJs(entry)).resolves.toBeDefined();
  },
);

it.each([
  ['runtimes/node/index.js', 'loadPipnet'],
  ['runtimes/browser/index.js', 'loadPipnet'],
  ['runtimes/node/image.js', 'decodeImage'],
  ['train/index.js', 'trainModel'],
])('%s looks for no file while it loads', async (entry, name) => {
  expect((await loadCommonJs(entry))[name]).toBeTypeOf('function');
});

it('a bundle that has lost the script of the threads that prepare batches says what to do', async () => {
  const { startPool } = await loadCommonJs('augment/pool.js');
  const store = { bytes: new Uint8Array(new SharedArrayBuffer(8)), table: new Int32Array(new SharedArrayBuffer(8)) };
  expect(() => startPool({ store }, 1)).toThrow('leave pipnet-wasm out of the bundle');
});
