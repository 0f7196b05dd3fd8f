/**
 * What a picture costs in workerd, on this machine (Linux). In the repository: `npm run build`,
 * then `node examples/cloudflare/measure.js picture.jpg [/draw]`. CPU time and memory are those of the workerd process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { loadPipnet } from 'pipnet-wasm';
import { decodeImage } from 'pipnet-wasm/image';

const REQUESTS = 50;

const [, , file, path = '/'] = process.argv;
const picture = await readFile(file);
const type = picture[0] === 0xff ? 'image/jpeg' : 'image/png';
const folder = await mkdtemp(join(tmpdir(), 'pipnet-worker-'));
try {
  await build({
    entryPoints: [fileURLToPath(new URL('src/index.ts', import.meta.url))],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy', '.safetensors': 'copy' },
  });
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  const total = (sizes) => megabytes(sizes.reduce((sum, size) => sum + size, 0));
  console.log(`bundle: ${total(files.map(({ length }) => length))}, ${total(files.map((file) => gzipSync(file).length))} with gzip`);

  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: folder,
    scriptPath: join(folder, 'index.js'),
    modulesRules: [
      { type: 'CompiledWasm', include: ['**/*.wasm'] },
      { type: 'Data', include: ['**/*.safetensors'] },
    ],
    compatibilityDate: '2026-04-01',
    r2Buckets: ['PICTURES'],
  });
  await miniflare.ready;
  const post = async () => {
    const response = await miniflare.dispatchFetch(`http://localhost${path}`, {
      method: 'POST',
      body: picture,
      headers: { 'Content-Type': type },
    });
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
  };
  const pid = execFileSync('pgrep', ['-P', String(process.pid), 'workerd'], { encoding: 'utf8' }).trim();
  const empty = await usage(pid);
  await post();
  const first = await usage(pid);
  for (let i = 0; i < 10; i++) await post();
  const warm = await usage(pid);
  for (let i = 0; i < REQUESTS; i++) await post();
  const end = await usage(pid);
  console.log(
    `CPU time: first request ${first.cpu - empty.cpu} ms, model included; then ${((end.cpu - warm.cpu) / REQUESTS).toFixed(0)} ms each (${REQUESTS} requests)`,
  );
  console.log(
    `workerd's memory: ${megabytes(empty.peak)} before, ${megabytes(end.peak)} at most, ${megabytes(end.peak - empty.peak)} more`,
  );
  await miniflare.dispose();

  const pipnet = await loadPipnet();
  const pixels = await decodeImage(picture);
  const faces = await pipnet.detect(pixels, { detectSize: 640 });
  console.log(
    `of it: ${megabytes(pipnet.info().memoryBytes)} model and activations, ${megabytes(pixels.data.length)} pixels (${pixels.width} x ${pixels.height}, ${faces.length} faces)`,
  );
} finally {
  await rm(folder, { recursive: true });
}

/** CPU time in ms and largest resident memory in bytes of a process so far (Linux). */
async function usage(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  const TICKS_PER_SECOND = 100;
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'));
  return { cpu: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND, peak: Number(peak) * 1024 };
}
