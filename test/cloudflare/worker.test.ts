import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode.ts';
import { loadPipnet, type Face } from '../../src/platform/node.ts';
import { readModel, writeModel } from '../../src/weights/model.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MODELS = ['pipnet-mobilenetv2-68', 'faceboxesv2'];
const fileOf = (name: string) => join(folder, 'weights', `${name}-i8.safetensors`);

let folder: string;
let miniflare: Miniflare;
let photograph: Buffer;
let expected: Face[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipnet-worker-'));
  await mkdir(join(folder, 'weights'));
  for (const name of MODELS) {
    const model = readModel(await readFile(join(root, 'weights', `${name}.safetensors`)));
    await writeFile(fileOf(name), writeModel(model, 'i8'));
  }
  // As wrangler bundles it: one script, with .wasm and weights beside it as modules.
  await build({
    entryPoints: [join(root, 'examples/cloudflare/src/index.ts')],
    outdir: join(folder, 'dist'),
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy', '.safetensors': 'copy' },
    plugins: [{ name: 'weights', setup: ({ onResolve }) => onResolve({ filter: /-i8\.safetensors$/ }, ({ path }) => ({ path: join(folder, 'weights', basename(path)) })) }],
    logLevel: 'error',
  });
  miniflare = new Miniflare({
    modules: true,
    modulesRoot: join(folder, 'dist'),
    scriptPath: join(folder, 'dist/index.js'),
    modulesRules: [
      { type: 'CompiledWasm', include: ['**/*.wasm'] },
      { type: 'Data', include: ['**/*.safetensors'] },
    ],
    compatibilityDate: '2026-04-01',
    r2Buckets: ['PICTURES'],
    queueProducers: { JOBS: 'pictures' },
    queueConsumers: { pictures: { maxBatchTimeout: 0.1 } },
  });
  photograph = await readFile(join(root, 'test/images/grace-hopper.jpg'));
  using pipnet = await loadPipnet({ model: fileOf(MODELS[0]), detector: fileOf(MODELS[1]) });
  expected = await pipnet.detect(await decodeImage(photograph, 'photograph'), { detectSize: 640 });
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
    ['too many bytes', 413, '/', () => Buffer.alloc(8 * 2 ** 20 + 1), 'image/jpeg', '8 MiB'],
  ] as const)('%s: %i', async (_name, status, path, body, type, message) => {
    const response = await post(path, body(), type);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { name: string; message: string } };
    expect(error.message).toContain(message);
    expect(error.name).toMatch(/^(RequestError|ImageError)$/);
  });

  it('GET: 405', async () => {
    const response = await miniflare.dispatchFetch('http://localhost/');
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('POST');
    await response.arrayBuffer();
  });
});

it('a queue of keys: results are written beside the pictures, good and bad', async () => {
  const bucket = await miniflare.getR2Bucket('PICTURES');
  const jobs = await miniflare.getQueueProducer<string>('JOBS');
  await bucket.put('hopper.jpg', new Uint8Array(photograph));
  await bucket.put('text.jpg', 'hello');
  for (const key of ['hopper.jpg', 'text.jpg', 'missing.jpg']) await jobs.send(key);

  const result = async (key: string) => {
    for (let tries = 0; tries < 100; tries++) {
      const object = await bucket.get(`${key}.landmarks.json`);
      if (object) return JSON.parse(await object.text());
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no result for ${key} after 10 seconds`);
  };
  const hopper = await result('hopper.jpg');
  expect(hopper.image).toBe('hopper.jpg');
  expectFaces(hopper.faces);
  expect(await result('text.jpg')).toMatchObject({ image: 'text.jpg', error: { name: 'ImageError' } });
  expect(await result('missing.jpg')).toMatchObject({ image: 'missing.jpg', error: { name: 'ImageError' } });
}, 30_000);
