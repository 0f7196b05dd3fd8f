// What a package weighs.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns how many packages npm has installed in a folder, and the bytes of their files */
export function installedIn(folder) {
  const files = readdirSync(join(folder, 'node_modules'), { recursive: true }).map((name) => lstatSync(join(folder, 'node_modules', name)));
  const bytes = files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
  return { bytes, packages: Object.values(lockOf(folder)).length };
}

/** What is installed, by its path. */
export function lockOf(folder) {
  const { '': app, ...packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  return packages;
}
