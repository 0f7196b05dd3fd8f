import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** The least that a user of each runtime has; without `skipLibCheck`, nothing that our declarations mention may be missing. */
it.each([
  ['node', { lib: ['lib.es2022.d.ts'], types: ['node'] }],
  ['browser', { lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [] }],
  // What Node code gets with `moduleResolution: bundler`.
  ['browser', { lib: ['lib.es2022.d.ts'], types: ['node'] }],
  ['workerd', { lib: ['lib.es2022.d.ts'], types: ['@cloudflare/workers-types'] }],
])(
  'the declarations for %s are complete: %o',
  (runtime, options) => {
    const entries = ['index', 'image'].map((entry) =>
      fileURLToPath(new URL(`../../dist/runtimes/${runtime}/${entry}.d.ts`, import.meta.url)),
    );
    const program = ts.createProgram(entries, {
      ...options,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      strict: true,
      noEmit: true,
    });
    expect(program.getSourceFile(entries[0])).toBeDefined();
    const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.includes('/dist/'));
    expect(problems.map(({ file, messageText }) => `${file!.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)).toEqual([]);
  },
  60_000,
);
