/**
 * Fuzzing: files of every format, damaged, through their readers. A case may only be read or refused by a `PipnetError` of
 * one line, within limits of time and memory, without a word to the terminal; all else is a fault.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { casesOf } from './cases.js';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
const FORMATS = new URL('./formats.js', import.meta.url).href;
const WATCH_MS = 200;
/** Faults of a kind that are told. */
const TOLD = 3;

export const LIMITS = {
  /** CPU time of a case: pictures may have 100 megapixels. */
  cpuMs: 10_000,
  /** Bytes that a case may add to its process's largest so far: the pixels of 100 megapixels, and a decoder's copies. */
  memory: 1024 * 2 ** 20,
  /** Bytes at which a process is ended: the machine must not suffer. */
  processMemory: 4096 * 2 ** 20,
  /** A case that takes longer hangs; a busy machine may need many times its CPU time. */
  wallMs: 60_000,
};

/**
 * @typedef {object} Fault
 * @property {string} format
 * @property {number} number of the case
 * @property {string} reason
 * @property {string} file where its input was written to
 */
/**
 * How the cases of a format went: `read` and `refused` as they should, `faulty` not; of each kind of fault the first few are
 * told. `slowest` in milliseconds of CPU time, `largest` in bytes of memory that a case added.
 *
 * @typedef {{ format: string, cases: number, read: number, refused: number, faulty: number, slowest: number, largest: number, faults: Fault[] }} Result
 */

/**
 * Runs cases of each format, for as long as its share of the time is.
 *
 * @param {object} options
 * @param {string[]} [options.formats] default: all
 * @param {string} [options.module] what has the formats as its default export
 * @param {typeof LIMITS} [options.limits]
 * @param {number} options.seconds for all formats together
 * @param {number} options.seed
 * @param {number} [options.first] case to begin with; default 0
 * @param {number} [options.most] cases of each format; default: as many as there is time for
 * @param {number} [options.jobs] processes at a time; default 1
 * @param {string} options.faults folder for inputs that were faults
 * @param {(result: Result) => void} [options.onResult] after each format
 * @param {(fault: Fault) => void} [options.onFault]
 * @returns {Promise<Result[]>}
 */
export async function fuzz({ module = FORMATS, formats: given, seconds, jobs = 1, onResult = () => {}, ...options }) {
  const { default: all } = await import(module);
  const formats = given ?? Object.keys(all);
  const results = [];
  const waiting = [...formats];
  const share = (seconds * 1000 * jobs) / formats.length;
  const work = async () => {
    for (let format; (format = waiting.shift()) !== undefined; ) {
      const result = await fuzzFormat(format, all[format], Date.now() + share, { ...options, module });
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return formats.map((format) => results.find((result) => result.format === format));
}

async function fuzzFormat(name, format, end, { module, seed, first = 0, most = 1e9, limits = LIMITS, faults, onFault = () => {} }) {
  const result = { format: name, cases: 0, read: 0, refused: 0, faulty: 0, slowest: 0, largest: 0, faults: [] };
  const makeCase = casesOf(name, format, seed);
  const kinds = new Map();
  const fault = (number, reason) => {
    result.faulty++;
    const kind = reason.split('\n')[0].replace(/".*|\d+/gs, '');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (kinds.get(kind) > TOLD) return;
    mkdirSync(faults, { recursive: true });
    const file = join(faults, `${seed}-${number}.${name}`);
    writeFileSync(file, makeCase(number));
    result.faults.push({ format: name, number, reason, file });
    onFault(result.faults.at(-1));
  };
  let next = first;
  do {
    // A process that a case has ended is followed by another, behind that case.
    next = await runProcess({ module, name, seed, first: next, end, most: first + most - next, limits }, result, fault);
  } while (Date.now() < end && next < first + most);
  return result;
}

/** @returns {Promise<number>} the case to go on with */
async function runProcess(task, result, fault) {
  const folder = mkdtempSync(join(tmpdir(), 'pipnet-fuzz-'));
  const child = spawn(process.execPath, ['--expose-gc', '--no-warnings', CHILD, JSON.stringify({ ...task, folder })], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const { processMemory, wallMs } = task.limits;
  let running;
  let began = Date.now();
  let printed = '';
  let killed;
  let next = task.first;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (printed += printed.length < 2000 ? text : ''));
  createInterface({ input: child.stdio[3] }).on('line', (line) => {
    const { begin, end, outcome, milliseconds, grown } = JSON.parse(line);
    began = Date.now();
    if (begin !== undefined) return void (running = begin);
    running = undefined;
    next = end + 1;
    result.cases++;
    result.slowest = Math.max(result.slowest, milliseconds);
    result.largest = Math.max(result.largest, grown);
    if (outcome === 'read' || outcome === 'refused') result[outcome]++;
    else fault(end, outcome);
  });
  const watch = setInterval(() => {
    if (Date.now() - began > wallMs) killed = `no end after ${wallMs / 1000} s`;
    else if (memoryOf(child.pid) > processMemory) killed = `more than ${processMemory / 2 ** 20} MiB of memory`;
    if (killed !== undefined) child.kill('SIGKILL');
  }, WATCH_MS);
  const [code, signal] = await new Promise((done) => child.once('close', (...ended) => done(ended)));
  clearInterval(watch);
  rmSync(folder, { recursive: true, force: true });
  if (running !== undefined) {
    result.cases++;
    fault(running, killed ?? `the process ended with ${signal ?? `code ${code}`}: ${printed}`);
    return running + 1;
  }
  if (code !== 0) throw new Error(`fuzzing ${task.name} failed before a case: ${printed}`);
  return next;
}

/** Resident bytes of a process; 0 where the system doesn't tell. */
function memoryOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
