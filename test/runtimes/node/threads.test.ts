import { readFile } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { loadPipnet as loadInPage } from '../../../src/runtimes/browser/index.ts';
import { loadPipnet } from '../../../src/runtimes/node/index.ts';

it('dispose ends the threads', async () => {
  const started = new Promise<Worker>((resolve) => process.once('worker', resolve));
  const pipnet = await loadPipnet({ threads: 2 });
  const ended = new Promise((resolve) => started.then((worker) => worker.once('exit', resolve)));
  pipnet.dispose();
  await ended;
});

it('where threads can not be had, one warning says why', async () => {
  const weights = (name: string) => readFile(new URL(`../../../weights/${name}.safetensors`, import.meta.url));
  const options = { model: await weights('pipnet-mobilenetv2-68'), detector: await weights('faceboxesv2'), threads: 2 };
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  // As in a page without the headers for shared memory.
  for (let i = 0; i < 2; i++) expect((await loadInPage(options)).info().threads).toBe(1);
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/one thread instead of 2: .*Cross-Origin-Embedder-Policy/));
  warn.mockRestore();
});
