import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/runtimes/node/decode.ts';
import { encodePng } from '../../src/image/encode.ts';
import { loadPipnet, type Face } from '../../src/runtimes/node/index.ts';
import { sample, withOrientation } from '../image/pictures.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A bucket that always fails. */
const BROKEN_R2 = `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  export default class extends WorkerEntrypoint {
    get() { throw new Error('R2 is not reachable'); }
  }`;

/** `loadPipnet` fails the first time. */
const LOADS_AT_SECOND_TRY = `
  import { loadPipnet as load } from 'pipnet-wasm';
  let tries = 0;
  export const loadPipnet = (options) => (tries++ === 0 ? Promise.reject(new Error('no memory')) : load(options));`;

let folder: string;
let miniflare: Miniflare;
let photograph: Buffer;
let expected: Face[];

/** As wrangler bundles it: one script, with .wasm and weights beside it as modules. */
async function bundle(name: string, ...plugins: Plugin[]): Promise<void> {
  await build({
    entryPoints: [join(root, 'examples/cloudflare/src/index.ts')],
    outdir: join(folder, name),
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy', '.safetensors': 'copy' },
    plugins,
    logLevel: 'error',
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipnet-worker-'));
  await bundle('dist');
  await bundle('flaky', {
    name: 'flaky',
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^pipnet-wasm$/ }, ({ importer }) =>
        importer.endsWith('faces.ts') ? { path: 'flaky', namespace: 'flaky' } : undefined,
      );
      onLoad({ filter: /./, namespace: 'flaky' }, () => ({ contents: LOADS_AT_SECOND_TRY, resolveDir: root }));
    },
  });
  const worker = {
    modules: true as const,
    modulesRoot: join(folder, 'dist'),
    scriptPath: join(folder, 'dist/index.js'),
    modulesRules: [
      { type: 'CompiledWasm' as const, include: ['**/*.wasm'] },
      { type: 'Data' as const, include: ['**/*.safetensors'] },
    ],
    compatibilityDate: '2026-04-01',
  };
  miniflare = new Miniflare({
    // The Worker logs each failure that is asked of it here.
    handleRuntimeStdio: () => {},
    workers: [
      {
        ...worker,
        name: 'landmarks',
        r2Buckets: ['PICTURES'],
        queueProducers: { JOBS: 'pictures' },
        queueConsumers: { pictures: { maxBatchTimeout: 0.1 } },
      },
      { ...worker, name: 'flaky', modulesRoot: join(folder, 'flaky'), scriptPath: join(folder, 'flaky/index.js'), r2Buckets: ['PICTURES'] },
      { ...worker, name: 'without-r2', serviceBindings: { PICTURES: 'broken-r2' } },
      { name: 'broken-r2', modules: true, script: BROKEN_R2, compatibilityDate: worker.compatibilityDate },
    ],
  });
  photograph = await readFile(join(root, 'test/images/grace-hopper.jpg'));
  using pipnet = await loadPipnet();
  expected = await pipnet.detect(await decodeImage(photograph, 'photograph'), { detectSize: 640, refine: false });
}, 60_000);

afterAll(async () => {
  await miniflare?.dispose();
  await rm(folder, { recursive: true });
});

const post = (path: string, body: Uint8Array, type = 'image/jpeg') =>
  miniflare.dispatchFetch(`http://localhost${path}`, { method: 'POST', body, headers: { 'Content-Type': type } });

function expectFaces(faces: Face[]): void {
  expect(faces).toHaveLength(1);
  const [{ landmarks }] = expected;
  faces[0].landmarks.forEach(({ x, y }, i) => expect(Math.hypot(x - landmarks[i].x, y - landmarks[i].y)).toBeLessThan(0.01));
}

describe('requests', () => {
  it("a picture gives Node's landmarks", async () => {
    const response = await post('/', photograph);
    expect(response.status).toBe(200);
    const result = (await response.json()) as { schemaVersion: number; width: number; height: number; faces: Face[] };
    expect(result).toMatchObject({ schemaVersion: 1, width: 512, height: 600 });
    expectFaces(result.faces);
  });

  it("a PNG gives Node's landmarks", async () => {
    const response = await post('/', await encodePng(await decodeImage(photograph)), 'image/png');
    expectFaces(((await response.json()) as { faces: Face[] }).faces);
  });

  it('a JPEG is turned as its EXIF orientation says', async () => {
    const response = await post('/', withOrientation(photograph, 6));
    expect(await response.json()).toMatchObject({ width: 600, height: 512 });
  });

  it('/draw gives a PNG of the same size', async () => {
    const response = await post('/draw', photograph);
    expect(response.headers.get('Content-Type')).toBe('image/png');
    expect(await decodeImage(new Uint8Array(await response.arrayBuffer()), 'drawing')).toMatchObject({ width: 512, height: 600 });
  });

  it.each([
    ['a page that is not there', 404, '/nothing', () => photograph, 'image/jpeg', 'there is no /nothing'],
    ['a text', 415, '/', () => Buffer.from('hello'), 'text/plain', 'text/plain'],
    ['a text called JPEG', 422, '/', () => Buffer.from('hello'), 'image/jpeg', 'not a picture'],
    ['nothing', 422, '/', () => Buffer.alloc(0), 'image/png', 'empty'],
    ['half a picture', 422, '/', () => photograph.subarray(0, 30_000), 'image/jpeg', 'truncated'],
    ['a damaged PNG', 422, '/', () => sample('deep.png').fill(0, 60, 64), 'image/png', 'checksum'],
    ['a CMYK JPEG', 422, '/', () => sample('cmyk.jpg'), 'image/jpeg', 'JPEG'],
    [
      'another format',
      422,
      '/draw',
      () => sample('foreign.webp'),
      'image/png',
      "WebP format, which can't be read here: save or export it as JPEG or PNG",
    ],
    ['a header that claims too many pixels', 422, '/', () => withWidth(sample('deep.png'), 1e6), 'image/png', 'limit of 2.5 megapixels'],
    ['too many bytes', 413, '/', () => Buffer.alloc(8 * 2 ** 20 + 1), 'image/jpeg', '8 MiB'],
  ] as const)('%s: %i', async (_name, status, path, body, type, message) => {
    const response = await post(path, body(), type);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { name: string; message: string } };
    expect(error.message).toContain(message);
    expect(error.name).toMatch(/^(RequestError|ImageError)$/);
  });

  it('too many bytes without a length: 413', async () => {
    async function* body() {
      for (let i = 0; i < 9; i++) yield new Uint8Array(2 ** 20);
    }
    const response = await miniflare.dispatchFetch('http://localhost/', {
      method: 'POST',
      body: body(),
      duplex: 'half',
      headers: { 'Content-Type': 'image/png' },
    });
    expect(response.status).toBe(413);
    await response.arrayBuffer();
  });

  it('a decoder that failed is not used again', async () => {
    for (let i = 0; i < 3; i++) {
      expect((await post('/', photograph.subarray(0, 30_000))).status).toBe(422);
      expect((await post('/', photograph)).status).toBe(200);
    }
  });

  it('a model that could not be loaded is loaded with the next picture', async () => {
    const flaky = await miniflare.getWorker('flaky');
    const request = () => flaky.fetch('http://localhost/', { method: 'POST', body: photograph, headers: { 'Content-Type': 'image/jpeg' } });
    expect((await request()).status).toBe(500);
    expectFaces(((await (await request()).json()) as { faces: Face[] }).faces);
  });

  it('GET: 405', async () => {
    const response = await miniflare.dispatchFetch('http://localhost/');
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('POST');
    await response.arrayBuffer();
  });
});

describe('the queue', () => {
  const message = (body: unknown) => ({ id: 'one', timestamp: new Date(), attempts: 1, body });
  const resultOf = async (key: string) =>
    JSON.parse((await (await (await miniflare.getR2Bucket('PICTURES')).get(`${key}.landmarks.json`))?.text()) ?? 'null');
  const consume = async (worker: string, body: unknown) => (await miniflare.getWorker(worker)).queue('pictures', [message(body)]);

  it('writes results beside the pictures, good and bad', async () => {
    const bucket = await miniflare.getR2Bucket('PICTURES');
    const jobs = await miniflare.getQueueProducer<string>('JOBS');
    await bucket.put('hopper.jpg', new Uint8Array(photograph));
    await bucket.put('text.jpg', 'hello');
    await bucket.put('large.jpg', new Uint8Array(8 * 2 ** 20 + 1));
    const bad = ['text.jpg', 'large.jpg', 'missing.jpg'];
    for (const key of ['hopper.jpg', ...bad]) await jobs.send(key);

    await expect.poll(() => resultOf('hopper.jpg'), { timeout: 10_000 }).toMatchObject({ schemaVersion: 1, image: 'hopper.jpg' });
    expectFaces((await resultOf('hopper.jpg')).faces);
    for (const key of bad) {
      await expect
        .poll(() => resultOf(key), { timeout: 10_000 })
        .toMatchObject({ schemaVersion: 1, image: key, error: { name: 'ImageError' } });
    }
  }, 30_000);

  it("takes R2's own messages, but none about results", async () => {
    const bucket = await miniflare.getR2Bucket('PICTURES');
    await bucket.put('new.jpg', new Uint8Array(photograph));
    const event = (key: string) => ({ action: 'PutObject', bucket: 'pictures', object: { key, size: 1, eTag: '' } });
    expect(await consume('landmarks', event('new.jpg'))).toMatchObject({ explicitAcks: ['one'] });
    expectFaces((await resultOf('new.jpg')).faces);
    expect(await consume('landmarks', event('new.jpg.landmarks.json'))).toMatchObject({ explicitAcks: ['one'] });
    expect(await resultOf('new.jpg.landmarks.json')).toBeNull();
  });

  it('does no more of a batch than there is time for; the rest comes back', async () => {
    const batch = Array.from({ length: 10 }, (_, i) => ({ ...message('gone.jpg'), id: String(i) }));
    const { explicitAcks, retryMessages } = await (await miniflare.getWorker('landmarks')).queue('pictures', batch);
    expect(explicitAcks).toEqual(['0', '1', '2']);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(['3', '4', '5', '6', '7', '8', '9']);
    expect(await readFile(join(root, 'examples/cloudflare/wrangler.toml'), 'utf8')).toContain('\nmax_batch_size = 3\n');
  });

  it.each([[null], [7], [{}], ['']])('drops message %j, which names no object', async (body) => {
    expect(await consume('landmarks', body)).toMatchObject({ explicitAcks: ['one'], retryMessages: [] });
  });

  it('tries again later when R2 fails', async () => {
    expect(await consume('without-r2', 'hopper.jpg')).toMatchObject({
      explicitAcks: [],
      retryMessages: [{ msgId: 'one', delaySeconds: 30 }],
    });
  });
});

/** A PNG whose header has another width. */
function withWidth(png: Buffer, width: number): Buffer {
  png.writeUInt32BE(width, 16);
  return png;
}
