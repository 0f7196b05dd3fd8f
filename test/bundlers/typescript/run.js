import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '../../runtimes/execute.js';
import { binary, runProgram } from '../run.js';

/** By their names, and with which `module` they go. */
const RESOLUTIONS = { node10: 'es2022', node16: 'node16', nodenext: 'nodenext', bundler: 'es2022' };
const LIBS = { 'with DOM': ['es2022', 'dom'], 'without DOM': ['es2022'] };

export const packages = ['@types/node@20.19.0'];
export const apps = Object.entries(RESOLUTIONS).flatMap(([moduleResolution, module]) =>
  Object.entries(LIBS).map(([name, lib]) => ({
    name: `TypeScript, ${moduleResolution}, ${name}`,
    run: (app) => compileAndRun(app, { moduleResolution, module, lib }),
  })),
);

async function compileAndRun(app, options) {
  const compilerOptions = { target: 'es2022', types: ['node'], strict: true, skipLibCheck: true, outDir: 'out', ...options };
  await writeFile(join(app, 'typescript/tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  await execute(binary('tsc'), ['--project', 'typescript'], app);
  return runProgram(app, 'typescript/out/program.js');
}
