/**
 * `npm run bench:training`: training steps of a MobileNetV2 PIPNet, ours against PyTorch's. Both take the same batch with
 * the same weights; their first loss is compared before anything is timed; then their processes take turns. PyTorch comes
 * with Debian's package python3-torch, or as the python named by --python.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { pipnet } from '../../dist/network/pipnet.js';
import { findNeighbours } from '../../dist/pip/neighbours.js';
import { initialise } from '../../dist/step/initialise.js';
import { writeSafetensors } from '../../dist/weights/safetensors.js';
import { uniform } from '../random.js';
import { compare, summarise } from '../statistics.js';

const LANDMARKS = 68;
const NEIGHBOURS = 10;
const LOSS_TOLERANCE = 1e-3;

const { size, batch, threads, rounds, steps, node, python } = new Command('npm run bench:training --')
  .description('times training steps against PyTorch')
  .option('--size <n>', 'side of the pictures', Number, 256)
  .option('--batch <n>', 'pictures a step', Number, 16)
  .option('--threads <n>', 'threads of each', Number, 2)
  .option('--rounds <n>', 'turns of each', Number, 6)
  .option('--steps <n>', 'steps a turn, after one that is not timed', Number, 3)
  .option('--node <path>', 'Node that trains', process.execPath)
  .option('--python <path>', 'Python with PyTorch', '/usr/bin/python3')
  .parse()
  .opts();

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'pipnet-training-'));
const contestants = [];
try {
  await writeCase();
  for (const kernels of ['simd', 'relaxed']) contestants.push(await start(`pipnet-wasm, ${kernels}`, node, [file('ours.js'), kernels]));
  contestants.push(await start('PyTorch', python, [file('torch_peer.py')]));
  const [{ loss }] = contestants;
  for (const { name, loss: other } of contestants) {
    if (!(Math.abs(other - loss) <= LOSS_TOLERANCE * loss)) throw new Error(`${name}: loss ${other} instead of ${loss}`);
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < contestants.length; i++) {
      const contestant = contestants[(round + i) % contestants.length];
      process.stderr.write(`round ${round + 1}/${rounds}: ${contestant.name}\n`);
      contestant.times.push(await contestant.ask(steps));
    }
  }
  console.log(report());
} finally {
  for (const { child } of contestants) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
}

/** Weights, batch and neighbours as files: `case.json` tells the rest. */
async function writeCase() {
  const architecture = { backbone: 'mobilenet_v2', stride: 32, landmarks: LANDMARKS, neighbours: NEIGHBOURS };
  const meanFace = uniform('mean face', 2 * LANDMARKS, 0.5).map((value) => value + 0.5);
  const { tensors } = initialise(pipnet(architecture), 1);
  await writeFile(join(folder, 'weights.safetensors'), writeSafetensors(tensors, {}, 'f32'));
  await writeFile(join(folder, 'images.f32'), uniform('images', batch * size * size * 3, 2));
  await writeFile(
    join(folder, 'points.f32'),
    uniform('points', batch * LANDMARKS * 2, 0.45).map((value) => value + 0.5),
  );
  const neighbours = findNeighbours(meanFace, NEIGHBOURS).of;
  await writeFile(join(folder, 'case.json'), JSON.stringify({ architecture, meanFace: [...meanFace], neighbours, size, batch, threads }));
}

/** A process that tells its first loss, and then for each number of steps on its input the milliseconds of each. */
async function start(name, command, args) {
  const child = spawn(command, [...args, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${name} has ended`);
    return JSON.parse(value);
  };
  child.on('error', () => {});
  const loss = await answer();
  return {
    name,
    child,
    loss,
    times: [],
    ask(count) {
      child.stdin.write(`${count}\n`);
      return answer();
    },
  };
}

function report() {
  const torch = contestants.at(-1).times;
  const rows = contestants.map(({ name, times }) => {
    const { median, p10 } = summarise(times);
    const { ratio, low, high } = compare(torch, times);
    return `| ${name} | ${median.toFixed(0)} | ${p10.toFixed(0)} | ${((1000 * batch) / median).toFixed(1)} | ${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}) |`;
  });
  return [
    `MobileNetV2, ${size}x${size}, batch ${batch}, ${threads} threads, ${rounds} rounds of ${steps} steps`,
    '',
    '| | ms per step, median | p10 | images/s | times as fast as PyTorch |',
    '|---|--:|--:|--:|--:|',
    ...rows,
  ].join('\n');
}
