/**
 * `npm run bench -- --front <list> <folder of pictures>`: what each landmark model costs and how far it errs, ours and those
 * of other JavaScript packages, which are downloaded into bench/peers when they are first asked for. True boxes, one thread.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { MODEL_NAMES } from '../../dist/base/models.js';
import { ContestantProcess } from '../process.js';
import { runCase } from '../run-case.js';
import { frontChart } from './chart.js';

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url));

/** `packages` with their dependencies if they have some that are needed; the first is the model's. */
const OTHERS = [
  {
    name: 'faceplugin',
    what: 'fr_landmark.onnx, 64 px, onnxruntime-web',
    file: 'faceplugin.js',
    packages: ['faceplugin-face-recognition-js@0.0.1'],
  },
  { name: 'MediaPipe face mesh', what: '192 px, LiteRT.js', file: 'face-mesh.js', packages: ['@mediapipe/face_mesh@0.4.1657299874'] },
  ...Object.entries({ 'face-api.js': 'faceLandmark68Net', 'face-api.js, tiny': 'faceLandmark68TinyNet' }).map(([name, net]) => ({
    name,
    what: `${net}, 112 px, tfjs-wasm`,
    file: 'face-api.js',
    options: { net },
    packages: ['@vladmandic/face-api@1.7.15', '@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'],
  })),
];

const {
  opts: { rounds, node, chart, model: models },
  args: [list, images],
} = parse();
const contestants = [
  ...models.map((model) => ({ name: `pipnet-wasm ${model}`, ours: true, module: '../front/peer.js', options: { file: 'ours.js', model } })),
  ...OTHERS.map(({ name, file, packages, options }) => ({
    name,
    module: '../front/peer.js',
    options: { file, folder: fetchPackages(packages), ...options },
  })),
];
const input = { list: resolve(list), images: resolve(images) };
const progress = (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
const { rows, failures } = await runCase(contestants, input, { node, rounds, cold: 1, progress });
for (const row of rows) {
  progress(`errors: ${row.contestant}`);
  const measured = await ContestantProcess.start(
    contestants.find(({ name }) => name === row.contestant),
    input,
    node,
  );
  Object.assign(row, await measured.request('errors'));
  measured.stop();
}
const results = {
  node: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
  cpu: cpus()[0].model,
  list: relative('', list),
  rows,
};
console.log(table(results));
for (const { contestant, reason } of failures) console.error(`${contestant} failed: ${reason}`);
if (chart !== undefined) await writeFile(chart, frontChart(results));
if (failures.length > 0) process.exitCode = 1;

function parse() {
  const command = new Command('npm run bench -- --front')
    .argument('<list>', 'labelled faces with 68 landmarks, one a line')
    .argument('<images>', 'folder that the names in the list start from')
    .option('--model <name...>', 'models of ours: names or files', MODEL_NAMES)
    .option('--rounds <n>', 'turns of each', Number, 14)
    .option('--node <path>', 'Node that runs them', process.execPath)
    .option('--chart <file>', 'draw milliseconds against NME (SVG)')
    .parse(process.argv.filter((arg) => arg !== '--front'));
  return { opts: command.opts(), args: command.args };
}

/** @returns the folder of the first package */
function fetchPackages(packages) {
  const name = packages[0].replace(/@[^@]+$/, '');
  const folder = join(PEERS, packages.length > 1 ? 'node_modules' : '', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  mkdirSync(folder, { recursive: true });
  const run = (command, ...args) => execFileSync(command, args, { cwd: PEERS, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  progress(`downloading ${name}`);
  if (packages.length > 1) run('npm', 'install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', '.', ...packages);
  else run('tar', '-xzf', run('npm', 'pack', '--silent', packages[0]).trim(), '-C', folder, '--strip-components=1');
  return folder;
}

function table({ node, cpu, list, rows }) {
  const percent = (share) => (100 * share).toFixed(2);
  return [
    `Made with Node ${node.slice(1)} on ${cpu}, one thread, true boxes of ${list}; ours with crop, the others without.`,
    '',
    '| | ms a face | NME, 68 points, % | eye corners, nose, mouth corners, % |',
    '|---|--:|--:|--:|',
    ...rows.map(
      ({ contestant, median, all, seven }) =>
        `| ${contestant}${whatOf(contestant)} | ${median.toFixed(1)} | ${percent(all)} | ${percent(seven)} |`,
    ),
  ].join('\n');
}

function whatOf(contestant) {
  const other = OTHERS.find(({ name }) => name === contestant);
  return other ? ` (${other.what})` : '';
}
