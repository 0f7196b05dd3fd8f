/** Threads that die: between calls, within one, by a kernel that traps, without a word. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { PipnetError } from '../../src/base/errors.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { spawnThread } from '../../src/runtimes/node/spawn-thread.ts';
import { Engine } from '../../src/engine/engine.ts';
import { createTrainEngine } from '../../src/step/kernels.ts';
import type { Call, Step } from '../../src/wasm/kernels.ts';

/** Beyond all memory: whoever runs it traps. */
const TRAP = { kernel: 'copy', args: [2 ** 31, 0, 2 ** 20] } as Call;

const stepsOf = (...calls: Call[][]): Step[] => [{ calls: [[], [], []] }, { calls }, { calls: [[], [], []] }] as unknown as Step[];
const IDLE = stepsOf([], [], []);

/** An engine of three threads, and its workers. */
async function withEngine(use: (engine: Engine, workers: Worker[]) => Promise<void>): Promise<void> {
  const workers: Worker[] = [];
  const collect = (worker: Worker) => void workers.push(worker);
  process.on('worker', collect);
  const engine = await Engine.create(inlinedKernels(), { kernels: 'simd', threads: 3, spawn: spawnThread });
  process.off('worker', collect);
  try {
    engine.run(IDLE);
    await use(engine, workers);
  } finally {
    engine.dispose();
  }
}

/** Every later call fails too, each at once. */
function expectDead(engine: Engine, message: RegExp): void {
  const start = performance.now();
  for (let i = 0; i < 3; i++) {
    expect(() => engine.run(IDLE)).toThrow(PipnetError);
    expect(() => engine.run(IDLE)).toThrow(message);
  }
  expect(performance.now() - start).toBeLessThan(100);
}

describe('inference', () => {
  test.each([1, 2])(
    'worker %i ends between calls',
    (number) =>
      withEngine(async (engine, workers) => {
        await workers[number - 1].terminate();
        expectDead(engine, /load the model again/);
      }),
    30_000,
  );

  test.each([0, 1, 2])('a kernel traps in thread %i', (number) =>
    withEngine(async (engine) => {
      const calls: Call[][] = [[], [], []];
      calls[number].push(TRAP);
      const start = performance.now();
      expect(() => engine.run(stepsOf(...calls))).toThrow(PipnetError);
      // At once, instead of when the barrier loses its patience.
      expect(performance.now() - start).toBeLessThan(3000);
      expectDead(engine, /a thread of this model has died/);
    }),
  );

  test(
    'a worker dies without a word, in the middle of a call',
    () =>
      withEngine(async (engine, workers) => {
        // Its end is told to the event loop, which is not returned to before the call.
        void workers[0].terminate();
        const start = performance.now();
        expect(() => engine.run(IDLE)).toThrow(/has died/);
        expect(performance.now() - start).toBeLessThan(15_000);
        expectDead(engine, /has died/);
      }),
    30_000,
  );

  test("the workers' script outlives a bundler that keeps names and shortens others", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pipnet-bundle-'));
    const outfile = join(folder, 'engine.mjs');
    try {
      await build({
        entryPoints: [fileURLToPath(new URL('../../src/engine/engine.ts', import.meta.url))],
        bundle: true,
        format: 'esm',
        platform: 'node',
        keepNames: true,
        minify: true,
        outfile,
        logLevel: 'error',
      });
      const { Engine: Bundled } = (await import(outfile)) as { Engine: typeof Engine };
      const engine = await Bundled.create(inlinedKernels(), { kernels: 'simd', threads: 2, spawn: spawnThread });
      engine.run(stepsOf([], []));
      engine.dispose();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('a worker ends before it is ready', async () => {
    await expect(Engine.create(inlinedKernels(), { threads: 2, spawn: () => spawnThread('process.exit(3)') })).rejects.toThrow(
      /threads can't be started \(it ended with code 3/,
    );
  });
});

test('training: a thread that ended is told at every later call', async () => {
  const started = new Promise<Worker>((resolve) => process.once('worker', resolve));
  const engine = await createTrainEngine({ threads: 2, spawn: spawnThread });
  const idle = stepsOf([], []);
  engine.run(idle);
  await (await started).terminate();
  for (let i = 0; i < 3; i++)
    expect(() => engine.run(idle)).toThrow(/a thread of this model has died \(it ended.*: load the model again or resume its training/);
  engine.dispose();
});
