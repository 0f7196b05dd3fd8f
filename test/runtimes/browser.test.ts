import { afterEach, expect, it, vi } from 'vitest';
import { ModelError } from '../../src/base/errors.ts';
import { DETECTOR_NAMES, MODEL_NAMES } from '../../src/base/models.ts';
import { loadPipnet } from '../../src/runtimes/browser/index.ts';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['an error', () => new Response('', { status: 404 }), 'status 404'],
  [
    'the page of a single-page application',
    () => new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html; charset=utf-8' } }),
    'answers with a page',
  ],
  ['nothing', () => Promise.reject(new TypeError('Failed to fetch')), 'Failed to fetch'],
])('where a server answers with %s, one line says what to do', async (_, answer, reason) => {
  vi.stubGlobal('fetch', async () => answer());
  const failure = await loadPipnet().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ModelError);
  expect((failure as Error).message).toMatch(
    new RegExp(
      `^\\S+/weights/\\S+ can't be fetched: .*${reason}.* copy node_modules/pipnet-wasm/weights/\\S+ to the site and give its URL as \`(model|detector)\`$`,
    ),
  );
  await expect(loadPipnet({ model: 'https://example.org/m.safetensors' })).rejects.toThrow(/can't be fetched: /);
});

it('fetches the models of the package by their names', async () => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(String(url).replace(/.*\//, ''));
    return new Response('', { status: 404 });
  });
  for (const options of [{}, ...MODEL_NAMES.map((model) => ({ model })), ...DETECTOR_NAMES.map((detector) => ({ detector }))])
    await expect(loadPipnet(options)).rejects.toThrow('copy node_modules');
  await expect(loadPipnet({ model: 'nano.safetensors' })).rejects.toThrow(/^nano\.safetensors can't be fetched/);
  expect(new Set(asked)).toEqual(
    new Set([
      ...['pipnet-mobilenetv2-68', 'pipnet-nano-68', 'pipnet-clean-68', 'pipnet-98', 'facegrid', 'faceboxesv2', 'nano'].map(
        (name) => `${name}.safetensors`,
      ),
    ]),
  );
});

it('without TextDecoder, one line says what to do', async () => {
  vi.stubGlobal('TextDecoder', undefined);
  await expect(loadPipnet({ model: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0]) })).rejects.toThrow(
    'set globalThis.TextDecoder, from node:util',
  );
});
