/**
 * Our kernels against other engines. Every contestant runs the same networks with the same weights on
 * the same input, in a process of its own; the processes live side by side and take turns, so that what disturbs the
 * machine disturbs all. Nothing is timed before its outputs agree with ours.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CASES, DETECTOR, PIPELINE, writeCase } from './cases.js';
import { contestantsFor } from './contestants/list.js';
import { markdown } from './report.js';
import { runCase } from './run-case.js';

const DEFAULT_CASES = ['resnet18', 'mobilenet_v2', 'mobilenet_v3', 'resnet50', DETECTOR];
const QUICK = { rounds: 3, cold: 1 };
const RESULTS = new URL('results/', import.meta.url);

const options = new Command('npm run bench --')
  .description('times our kernels against other engines: Markdown on the standard output, progress on the standard error')
  .option('--networks <names>', `of ${CASES.join(', ')}`, parseCases, DEFAULT_CASES)
  .option('--contestants <names>', 'ours, and of the others only those whose name contains one of these', parseList)
  .option('--rounds <n>', 'turns of each contestant', parseCount, 14)
  .option('--cold <n>', 'cold starts of each contestant', parseCount, 5)
  .option('--quick', `a glance: ${QUICK.rounds} rounds, ${QUICK.cold} cold start`)
  .option('--node <path>', 'Node that runs the contestants (default: this one)')
  .option('--detect-size <n>', "width and height of the detector's input", parseCount, 1024)
  .option('--picture <file>', `picture with a face, for ${PIPELINE}`)
  .option('--out <name>', 'write bench/results/<name>.md and <name>.json too')
  .addHelpText(
    'after',
    '\nWith --front <list> <folder>: our models against those of other packages (--front --help).\n\nExample:\n  $ npm run bench -- --networks mobilenet_v2 --contestants onnxruntime --out mobilenet_v2',
  )
  .parse()
  .opts();
if (options.quick) Object.assign(options, QUICK);
if (options.networks.includes(PIPELINE) && options.picture === undefined) throw new Error(`${PIPELINE} needs a --picture`);

const node = options.node ?? process.execPath;
const nodeVersion = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
const wanted = contestantsFor(Number.parseInt(nodeVersion.slice(1), 10)).filter(isWanted);
const contestants = wanted.filter(({ packages = [] }) => packages.every(isInstalled));
const scratch = await mkdtemp(join(tmpdir(), 'pipnet-bench-'));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

const cases = [];
for (const name of options.networks) cases.push(await bench(name));
const results = {
  command: ['npm run bench --', ...process.argv.slice(2).map((text) => (isAbsolute(text) ? relative('', text) : text))].join(' '),
  node: nodeVersion,
  cpu: cpus()[0].model,
  rounds: options.rounds,
  missing: wanted.filter((contestant) => !contestants.includes(contestant)).map(({ name }) => name),
  cases,
};
const report = markdown(results);
console.log(report);
if (options.out !== undefined) {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${options.out}.md`, RESULTS), report);
  await writeFile(
    new URL(`${options.out}.json`, RESULTS),
    JSON.stringify(results, (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value)),
  );
}
if (cases.some(({ failures }) => failures.length > 0)) process.exitCode = 1;

async function bench(name) {
  const run = { ...options, node, progress: (text) => progress(`${name}, ${text}`) };
  if (name === PIPELINE) {
    const ours = contestants
      .filter(({ ours, approximate }) => ours && !approximate)
      .map((contestant) => ({ ...contestant, module: 'pipeline.js' }));
    return { name, ...(await runCase(ours, { picture: resolve(options.picture) }, run)) };
  }
  const folder = join(scratch, name);
  const { size } = await writeCase(name, folder, options);
  const entrants = contestants.filter(({ approximate }) => !approximate || name !== DETECTOR);
  const result = { name, size, ...(await runCase(entrants, { folder }, run)) };
  await rm(folder, { recursive: true });
  return result;
}

function progress(text) {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
}

function isWanted({ name, ours }) {
  return ours || options.contestants === undefined || options.contestants.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}

function isInstalled(name) {
  return createRequire(import.meta.url)
    .resolve.paths(name)
    .some((folder) => existsSync(join(folder, name)));
}

function parseList(text) {
  return text.split(',');
}

function parseCases(text) {
  const names = parseList(text);
  const unknown = names.find((name) => !CASES.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${CASES.join(', ')}.`);
  return names;
}

function parseCount(text) {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It is not a whole number of 1 or more.');
  return Number(text);
}
