/** The public face as a user's editor sees it: the declarations of the entries in package.json, as they are built. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);

/** Files of declarations that the package names as entries, for whichever runtime. */
function entriesOf(exported: unknown): string[] {
  if (typeof exported === 'string') return exported.endsWith('.d.ts') ? [fileURLToPath(new URL(exported, root))] : [];
  return Object.values(exported as object).flatMap(entriesOf);
}

const entries = [...new Set(entriesOf(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).exports))];
const program = ts.createProgram(entries, {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  types: ['node'],
});
const checker = program.getTypeChecker();

const resolved = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
const exportsOf = (entry: string) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!).map(resolved);
const exported = new Set(entries.flatMap(exportsOf));

/** A type of ours that stands by itself. */
const isOurs = ({ declarations = [] }: ts.Symbol) =>
  declarations.some(({ parent }) => ts.isSourceFile(parent) && parent.fileName.includes('/dist/'));

/** Names of ours that a declaration mentions and no entry exports. */
function hiddenIn(symbol: ts.Symbol): string[] {
  const hidden: string[] = [];
  const visit = (node: ts.Node): void => {
    const mentioned = ts.isIdentifier(node) && checker.getSymbolAtLocation(node);
    if (mentioned && isOurs(resolved(mentioned)) && !exported.has(resolved(mentioned))) hidden.push(`${symbol.name}: ${node.text}`);
    // A name's type by its value, such as a list of choices, is shown spelled out.
    if (!ts.isTypeQueryNode(node)) ts.forEachChild(node, visit);
  };
  symbol.declarations!.forEach(visit);
  return hidden;
}

/** What a user reads of a symbol. */
const textOf = (symbol: ts.Symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker));

/** Whatever of an export has no docstring. A property may be explained where its type is, by its name, or by what it overrides. */
function undocumentedIn(symbol: ts.Symbol): string[] {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const bases = type.isClassOrInterface() ? checker.getBaseTypes(type) : [];
  const bare = [...(symbol.members?.values() ?? [])].filter((member) => {
    const named = member.flags & ts.SymbolFlags.Property && textOf(symbol).includes(`\`${member.name}\``);
    const isPrivate = member.declarations?.some(({ name }: ts.NamedDeclaration) => name && ts.isPrivateIdentifier(name));
    return !(
      textOf(member) ||
      named ||
      isPrivate ||
      member.flags & ts.SymbolFlags.TypeParameter ||
      bases.some((base) => base.getProperty(member.name))
    );
  });
  return [...(textOf(symbol) === '' ? [symbol.name] : []), ...bare.map((member) => `${symbol.name}.${member.name}`)];
}

describe.each(entries.map((entry) => [entry.slice(fileURLToPath(root).length), entry]))('%s', (_, entry) => {
  it('exports something', () => expect(exportsOf(entry).length).toBeGreaterThan(1));
  it('every type that it mentions is exported', () => expect(exportsOf(entry).flatMap(hiddenIn).join('\n')).toBe(''));
  it('every declaration has a docstring', () => expect(exportsOf(entry).flatMap(undocumentedIn).join('\n')).toBe(''));
});

it.each(entries.filter((entry) => exportsOf(entry).some(({ name }) => name === 'loadPipnet')))(
  '%s has no other functions than these',
  (entry) => {
    const values = exportsOf(entry).filter(({ flags }) => flags & ts.SymbolFlags.Value && !(flags & ts.SymbolFlags.Class));
    expect(values.map(({ name }) => name).sort()).toEqual([
      'DEFAULT_DETECT_SIZE',
      'DEFAULT_THRESHOLD',
      'DETECTOR_NAMES',
      'MODEL_NAMES',
      'createTracker',
      'faceMeasures',
      'headPose',
      'loadPipnet',
    ]);
  },
);

it('what serves our own commands is no part of a Pipnet', () => {
  const [pipnet] = [...exported].filter(({ name, flags }) => name === 'Pipnet' && flags & ts.SymbolFlags.Interface);
  const names = [...pipnet.members!.keys()].filter((name) => !String(name).startsWith('__'));
  expect(names.sort()).toEqual(['ImageSource', 'detect', 'detectBoxes', 'dispose', 'info', 'landmarks', 'model', 'track']);
});
