/**
 * Runs cases in a process of its own, which a case may break. Its argument, as JSON: module of the formats, name of the
 * format, seed, first case, end (milliseconds since 1970), most cases, limits, folder for files. Each case begins and ends with a line of JSON on descriptor 3, written before
 * the case can hang.
 */
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { PipnetError } from 'pipnet-wasm';
import { casesOf } from './cases.js';

/** Memory above which garbage is collected before each case. */
const MUCH_MEMORY = 256 * 2 ** 20;

/** Cases after which the files that could be read must still be. */
const CHECK_EVERY = 100;
const MAX_MESSAGE = 1000;

const { module, name, seed, first, end, most, limits, folder } = JSON.parse(process.argv[2]);
const format = (await import(module)).default[name];
const tell = (line) => writeSync(3, `${JSON.stringify(line)}\n`);
const peak = () => process.resourceUsage().maxRSS * 1024;

/** What escapes the case that is running. */
let escaped;
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (error) => (escaped ??= `${event}: ${error?.stack ?? error}`));

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (text) => {
    escaped ??= `printed ${JSON.stringify(String(text))}`;
    return true;
  };
}

/** @returns {Promise<string>} how it went: `read`, `refused`, or what is wrong */
async function run(bytes) {
  escaped = undefined;
  let outcome = 'read';
  try {
    await format.read(bytes, folder);
  } catch (error) {
    const { message } = error ?? {};
    if (!(error instanceof PipnetError)) outcome = String(error?.stack ?? error);
    else if (/[\x00-\x1f\x7f]/.test(message) || message.length > MAX_MESSAGE)
      outcome = `a message of more than a short line: ${JSON.stringify(message.slice(0, 2 * MAX_MESSAGE))}`;
    else outcome = 'refused';
  }
  // What was left to run by itself may fail now.
  await setImmediate();
  return escaped ?? outcome;
}

// Libraries are loaded by files as they should be, which also tells the memory that they take.
const good = [];
for (const file of format.seeds()) if ((await run(file)) === 'read') good.push(file);

const makeCase = casesOf(name, format, seed);
for (let number = first; number < first + most && (number === first || Date.now() < end); number++) {
  const bytes = makeCase(number);
  // Garbage of earlier cases is not this one's.
  if (process.memoryUsage.rss() > MUCH_MEMORY) gc();
  const memory = peak();
  tell({ begin: number });
  const began = process.cpuUsage();
  let outcome = await run(bytes);
  const { user, system } = process.cpuUsage(began);
  const milliseconds = (user + system) / 1000;
  const grown = peak() - memory;
  if (milliseconds > limits.cpuMs) outcome = `${milliseconds.toFixed(0)} ms of CPU time (${outcome})`;
  else if (grown > limits.memory) outcome = `${(grown / 2 ** 20).toFixed(0)} MiB of memory (${outcome})`;
  if (number % CHECK_EVERY === CHECK_EVERY - 1) {
    for (const file of good)
      if ((await run(file)) !== 'read') outcome = `a file that could be read no longer can, after one of the last ${CHECK_EVERY} cases`;
  }
  tell({ end: number, outcome, milliseconds, grown });
}
process.exit();
