// @module-tag slow
// Half a minute of `npm run fuzz`, and whether it finds what it should.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzz, LIMITS } from './fuzz.js';

const SECONDS = 30;
const faults = mkdtempSync(join(tmpdir(), 'pipnet-faults-'));
afterAll(() => rmSync(faults, { recursive: true, force: true }));

describe('fuzzing finds', () => {
  const find = async (format) => {
    const limits = { ...LIMITS, cpuMs: 200, wallMs: 5000, memory: 50 * 2 ** 20 };
    const [result] = await fuzz({
      module: new URL('./faulty.js', import.meta.url).href,
      formats: [format],
      seconds: 20,
      seed: 1,
      most: 2,
      limits,
      faults,
    });
    return result;
  };

  test.each([
    ['raw', /^TypeError: not a function/],
    ['lines', /^a message of more than a short line: "one\\ntwo"/],
    ['late', /^unhandledRejection: Error: later/],
    ['prints', /^printed "hello/],
    ['ends', /^the process ended with code 7/],
    ['spins', /^no end after 5 s/],
    ['slow', /ms of CPU time \(read\)/],
    ['grows', /MiB of memory \(read\)/],
  ])(
    'a reader that is faulty: %s',
    async (format, reason) => {
      const { cases, faults: found } = await find(format);
      expect(cases).toBe(2);
      expect(found[0].reason).toMatch(reason);
      expect(readFileSync(found[0].file).length).toBeLessThan(100);
    },
    60_000,
  );

  test('nothing where there is nothing', async () => {
    expect(await find('sound')).toMatchObject({ cases: 2, refused: 2, faults: [] });
  }, 60_000);
});

test(
  `${SECONDS} s of damaged files of every format: read, or refused by one clear error`,
  async () => {
    const results = await fuzz({ seconds: SECONDS, seed: 1, jobs: availableParallelism(), faults });
    expect(
      results.flatMap(({ faults: found }) =>
        found.map(({ format, number, reason }) => `npm run fuzz -- --format ${format} --case ${number}: ${reason}`),
      ),
    ).toEqual([]);
    for (const { format, cases } of results) expect(cases, format).toBeGreaterThan(0);
  },
  SECONDS * 1000 + 300_000,
);
