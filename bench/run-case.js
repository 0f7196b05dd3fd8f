/** One case from cold starts to figures. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAgreement } from './agreement.js';
import { ContestantProcess } from './process.js';
import { compare, median, summarise } from './statistics.js';

/** V8 optimises what is called often: so long every contestant runs before the first round. */
const WARM_UP_MS = 2000;

/** A round of one contestant: so many calls that it takes about this long, within bounds. */
const ROUND_MS = 400;
const ROUND_CALLS = { least: 4, most: 20 };

/**
 * Cold starts and comparison of outputs first, then the rounds, in which the contestants take turns.
 *
 * @param {object[]} contestants see contestants/list.js
 * @param {{ folder?: string }} input a case's folder, or what contestants are given instead of one
 * @param {{ node: string, rounds: number, cold: number, progress: (text: string) => void }} options
 */
export async function runCase(contestants, input, { node, rounds, cold, progress }) {
  const entrants = contestants.map((contestant) => ({ ...contestant, coldStarts: [], rounds: {} }));
  const failures = [];

  /** Lets those that are still in do something, one after the other, each time another one first; who fails is out. */
  const inTurn = async (what, first, act) => {
    for (let i = 0; i < entrants.length; i++) {
      const entrant = entrants[(first + i) % entrants.length];
      if (entrant.failed) continue;
      progress(`${what}: ${entrant.name}`);
      try {
        await act(entrant);
      } catch (error) {
        entrant.failed = true;
        entrant.process?.stop();
        failures.push({ contestant: entrant.name, reason: error.message });
      }
    }
  };

  for (let run = 0; run < cold; run++) {
    await inTurn(`cold start ${run + 1}/${cold}`, run, async (entrant) => {
      entrant.process = await ContestantProcess.start(entrant, input, node);
      entrant.coldStarts.push(entrant.process.coldStart);
      // Whole maps are asked of a process that isn't timed: the memory that they take stays out of the figures.
      if (run === 0 && input.folder && !entrant.approximate)
        entrant.maps = await entrant.process.request('maps', { folder: await mkdtemp(join(input.folder, 'maps-')) });
      entrant.process.stop();
    });
  }
  if (input.folder) await inTurn('comparing outputs', 0, async ({ maps }) => maps && expectAgreement(maps, entrants[0].maps));

  await inTurn('warming up', 0, async (entrant) => {
    entrant.process = await ContestantProcess.start(entrant, input, node);
    const times = await entrant.process.request('round', { time: WARM_UP_MS, calls: ROUND_CALLS.least });
    const calls = Math.ceil(ROUND_MS / Math.max(...Object.values(times).map(median)));
    entrant.calls = Math.min(ROUND_CALLS.most, Math.max(ROUND_CALLS.least, calls));
    for (const task of Object.keys(times)) entrant.rounds[task] = [];
  });
  for (let round = 0; round < rounds; round++) {
    await inTurn(`round ${round + 1}/${rounds}`, round, async (entrant) => {
      const times = await entrant.process.request('round', { time: 0, calls: entrant.calls });
      for (const [task, samples] of Object.entries(times)) entrant.rounds[task].push(samples);
    });
  }
  await inTurn('reading memory', 0, async (entrant) => {
    entrant.peakMemory = await entrant.process.request('peakMemory');
    entrant.process.stop();
  });
  return { rows: rowsOf(entrants.filter(({ failed }) => !failed)), failures };
}

/** One row per contestant and task, with ratios to each of ours that has one thread. */
function rowsOf(entrants) {
  const bases = entrants.filter(({ ours, approximate, options }) => ours && !approximate && options.threads === 1);
  return entrants.flatMap(({ name, ours: isOurs = false, rounds, coldStarts, peakMemory }) =>
    Object.entries(rounds).map(([task, times]) => ({
      contestant: name,
      ours: isOurs,
      task,
      ...summarise(times),
      ratios: Object.fromEntries(bases.map((base) => [base.name, compare(times, base.rounds[task])])),
      coldStart: median(coldStarts),
      peakMemory,
      rounds: times,
    })),
  );
}
