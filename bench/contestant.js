/**
 * The process of one contestant: `node bench/contestant.js '{"module", "options", "input"}'`, started by process.js. It
 * loads the case, gives the first result, says so, and then does what it is told.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { readCase } from './case-files.js';

/** A call before each round's timing: other processes had the caches. */
const WARM_UP_CALLS = 1;

const { module, options, input } = JSON.parse(process.argv[2]);
const { load } = await import(`./contestants/${module}`);
const contestant = await load(input.folder ? await readCase(input.folder) : input, options ?? {});
await Object.values(contestant.tasks)[0]();
process.send({ coldStart: performance.now() });

const commands = {
  /** One round: the milliseconds of each call, per task; at least `calls` of them and `time` ms. */
  async round({ time, calls }) {
    const { Bench } = await import('tinybench');
    const bench = new Bench({ time, iterations: calls, warmupTime: 0, warmupIterations: WARM_UP_CALLS, throws: true });
    // All alike through an async function: of others tinybench finds out by a call that it doesn't wait for.
    for (const [name, task] of Object.entries(contestant.tasks)) bench.add(name, async () => void (await task()));
    await bench.run();
    return Object.fromEntries(bench.tasks.map(({ name, result }) => [name, result.latency.samples]));
  },

  /** Writes the network's whole maps, one file each; returns their names and files. */
  async maps({ folder }) {
    const files = {};
    for (const [name, values] of Object.entries(await contestant.maps())) {
      files[name] = `${folder}/${name}.f32`;
      await writeFile(files[name], values);
    }
    return files;
  },

  /** How far a landmark model errs, see front/peer.js. */
  errors: () => contestant.errors(),

  /** Most memory that the process ever had, in bytes. Linux's own figure begins with exec, getrusage's with the parent. */
  async peakMemory() {
    const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
    return Number(kilobytes) * 1024;
  },
};

process.on('message', async ({ command, ...rest }) => {
  try {
    process.send({ result: await commands[command](rest) });
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
process.on('disconnect', () => process.exit());
