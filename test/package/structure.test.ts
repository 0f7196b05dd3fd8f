import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** Folders of src/ from the ground up, what stands on one floor side by side: imports lead down, or stay in their folder. */
const FLOORS = [
  ['base'],
  ['network'],
  ['wasm'],
  ['weights', 'engine'],
  ['schedule'],
  ['image', 'files'],
  ['faces', 'video'],
  ['pip', 'export'],
  ['track'],
  // src/api.ts, src/call-options.ts, src/pipnet.ts and src/index.ts
  ['.'],
  ['worker'],
  ['runtimes/node', 'runtimes/browser', 'runtimes/workerd'],
  ['datasets', 'augment', 'step', 'evaluate', 'element'],
  ['train'],
  ['cli'],
];
/** Who may use Node's modules; of these, the packages of each. */
const NODE: Record<string, string[]> = {
  files: [],
  'runtimes/node': ['@jsquash/avif', '@jsquash/jpeg', '@jsquash/webp', '@jimp/core', '@jimp/js-jpeg'],
  datasets: ['h5wasm'],
  augment: [],
  train: [],
  cli: ['cli-progress', 'commander', 'tinybench', 'tinyglobby'],
};
const PACKAGES: Record<string, string[]> = { ...NODE, 'runtimes/workerd': ['@jsquash/jpeg'] };

const src = fileURLToPath(new URL('../../src/', import.meta.url));

interface Import {
  from: string;
  to: string;
}

const files = (readdirSync(src, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replaceAll('\\', '/'));

/** What each file imports, also for its types and when it is needed. */
const imports: Import[] = files.flatMap((from) =>
  ts.preProcessFile(readFileSync(join(src, from), 'utf8')).importedFiles.map(({ fileName }) => ({
    from,
    to: fileName.startsWith('.') ? normalize(join(dirname(from), fileName)).replaceAll('\\', '/') : fileName,
  })),
);
const inside = imports.filter(({ to }) => existsSync(join(src, to)));

/** The folder among the floors' that a file is in. */
const folderOf = (file: string) => FLOORS.flat().find((folder) => file.startsWith(`${folder}/`)) ?? dirname(file);
const floorOf = (file: string) => FLOORS.findIndex((folders) => folders.includes(folderOf(file)));
const show = (list: Import[]) => list.map(({ from, to }) => `${from} -> ${to}`);

it('every file stands on a floor', () => {
  expect(files.length).toBeGreaterThan(150);
  expect(inside.length).toBeGreaterThan(500);
  expect(files.filter((file) => floorOf(file) < 0)).toEqual([]);
});

it('imports lead down', () => {
  const up = inside.filter(({ from, to }) => folderOf(from) !== folderOf(to) && floorOf(to) >= floorOf(from));
  expect(show(up)).toEqual([]);
});

it('no files import each other in a circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (done.has(file) || path.includes(file)) return;
    for (const { from, to } of inside) if (from === file) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

it("Node's modules and packages stay where they are allowed", () => {
  const outside = imports.filter(({ to }) => !to.startsWith('.') && !existsSync(join(src, to)) && !to.endsWith('.wasm'));
  const allowed = ({ from, to }: Import) => {
    const folder = folderOf(from);
    return to.startsWith('node:') ? folder in NODE : (PACKAGES[folder] ?? []).some((name) => to === name || to.startsWith(`${name}/`));
  };
  expect(outside.length).toBeGreaterThan(50);
  expect(show(outside.filter((entry) => !allowed(entry)))).toEqual([]);
});
