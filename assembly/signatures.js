/** The functions that a module of kernels exports, as TypeScript. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const parse = (file) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest).statements;

/**
 * A file with, for each kernel, its arguments' names and types (`Kernels`) and their order (`PARAMETERS`). What returns a
 * number is no kernel but a function (`Functions`).
 *
 * @param {string} index file of nothing but `export { ... } from '...'`
 * @param {number} maximumPages of linear memory, where it is shared
 */
export function signaturesOf(index, maximumPages) {
  const functions = parse(index).flatMap(({ exportClause, moduleSpecifier }) => {
    const statements = parse(join(dirname(index), `${moduleSpecifier.text}.ts`));
    return exportClause.elements.map(({ name }) => {
      const { parameters, type } = statements.find((node) => ts.isFunctionDeclaration(node) && node.name.text === name.text);
      return { name: name.text, returns: type.kind !== ts.SyntaxKind.VoidKeyword, parameters: parameters.map(({ name, type }) => ({ name: name.text, type: type.typeName.text })) };
    });
  });
  const typed = ({ name, type }) => `${name}: ${type === 'usize' ? 'Address' : 'number'}`;
  const kernels = functions.filter(({ returns }) => !returns);
  return [
    `// Made by assembly/signatures.js from ${index}.`,
    `import type { Address } from '../kernels.ts';`,
    `export interface Kernels {`,
    ...kernels.map(({ name, parameters }) => `  ${name}: { ${parameters.map(typed).join('; ')} };`),
    `}`,
    `export interface Functions {`,
    ...functions.filter(({ returns }) => returns).map(({ name, parameters }) => `  ${name}(${parameters.map(typed).join(', ')}): number;`),
    `}`,
    `export const PARAMETERS: { readonly [Kernel in keyof Kernels]: readonly (keyof Kernels[Kernel])[] } = {`,
    ...kernels.map(({ name, parameters }) => `  ${name}: [${parameters.map(({ name }) => `'${name}'`).join(', ')}],`),
    `};`,
    `/** Pages of linear memory that the module takes at most, where memory is shared. */`,
    `export const MAXIMUM_PAGES = ${maximumPages};`,
    '',
  ].join('\n');
}
