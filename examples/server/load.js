// The server under load: `node load.js photo.jpg [--clients 8] [--seconds 20]`, then with clients that misbehave.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bomb, goneClient, slowClient } from './bad-clients.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { clients: { type: 'string', default: '8' }, seconds: { type: 'string', default: '20' } },
});
if (positionals.length !== 1) throw new Error('give a picture: node load.js photo.jpg');
const picture = readFileSync(positionals[0]);
const seconds = Number(values.seconds);
const clients = Number(values.clients);

const server = spawn(process.execPath, [fileURLToPath(new URL('server.js', import.meta.url))], {
  env: { ...process.env, PORT: '0', BODY_MS: '2000' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [origin] = await new Promise((resolve) => createInterface(server.stdout).once('line', (line) => resolve([line])));
const post = async (body) => {
  const response = await fetch(`${origin}/landmarks`, { method: 'POST', body });
  await response.arrayBuffer();
  return response.status;
};

try {
  console.log('| clients | requests/s | median | p99 | health, p99 | refused | memory, most |');
  console.log('|---|--:|--:|--:|--:|--:|--:|');
  await measure(`${clients}`, []);
  const [claims, inflates] = [bomb(30_000, 100), bomb(16, 400e6)];
  const bad = [() => slowClient(origin), () => goneClient(origin, picture), () => post(claims), () => post(inflates)];
  await measure(`${clients}, and 4 that misbehave`, bad);
} finally {
  server.kill('SIGTERM');
}

/** A line of the table: good clients, which are counted, beside others. */
async function measure(name, others) {
  const end = performance.now() + 1000 * seconds;
  const times = [];
  const healths = [];
  let refused = 0;
  let memory = 0;
  const repeat = async (act) => {
    while (performance.now() < end) await act();
  };
  const timed = async (list, act) => {
    const start = performance.now();
    const result = await act();
    list.push(performance.now() - start);
    return result;
  };
  const good = async () => {
    if ((await timed(times, () => post(picture))) !== 200) refused++;
  };
  const look = async () => {
    await timed(healths, () => fetch(`${origin}/health`).then((response) => response.json()));
    memory = Math.max(memory, residentBytes(server.pid));
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await Promise.all([...Array.from({ length: clients }, () => repeat(good)), ...others.map(repeat), repeat(look)]);
  const at = (list, share) => `${list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))].toFixed(0)} ms`;
  const cells = [name, (times.length / seconds).toFixed(1), at(times, 0.5), at(times, 0.99), at(healths, 0.99), refused];
  console.log(`| ${[...cells, `${(memory / 1e6).toFixed(0)} MB`].join(' | ')} |`);
}

/** Linux's word; elsewhere 0. */
function residentBytes(pid) {
  try {
    return 1024 * Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
  } catch {
    return 0;
  }
}
