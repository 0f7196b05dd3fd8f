import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** `npm test` builds first: what is walked is what a user's bundler sees. */
const dist = new URL('../../dist/', import.meta.url);

/** The modules that an entry imports when it is loaded, and the packages, by name. */
function staticImports(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (url: URL) => {
    const file = fileURLToPath(url);
    if (files.has(file)) return;
    files.add(file);
    if (!file.endsWith('.js')) return;
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
    for (const statement of source.statements) {
      if (!(ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) || !statement.moduleSpecifier) continue;
      const name = (statement.moduleSpecifier as ts.StringLiteral).text;
      if (!name.startsWith('.')) packages.add(name);
      else visit(new URL(name, url));
    }
  };
  visit(new URL(entry, dist));
  return { files, packages };
}

it.each([
  ['platform/node.js', ['node:fs/promises', 'node:worker_threads']],
  ['platform/workerd.js', []],
  ['platform/browser.js', []],
])('%s loads no npm package', (entry, builtins) => {
  const { files, packages } = staticImports(entry);
  expect([...packages].sort()).toEqual(builtins);
  expect(files.size).toBeGreaterThan(20);
  for (const file of files) expect(existsSync(file), file).toBe(true);
});

it('the kernels are imported as modules only by the entry for Workers', () => {
  const wasm = (entry: string) => [...staticImports(entry).files].filter((file) => file.endsWith('.wasm')).length;
  expect([wasm('platform/workerd.js'), wasm('platform/node.js'), wasm('platform/browser.js')]).toEqual([2, 0, 0]);
});
