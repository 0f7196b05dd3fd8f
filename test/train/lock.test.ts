// @module-tag slow
/** One output, one training: two real processes, one of which is killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { addressOf, listen, whileLocked } from '../../src/files/lock.ts';
import { faceAt, temporaryFolder, writeFaces } from '../augment/pictures.ts';

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: new URL('../..', import.meta.url), stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

async function ended(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = '';
  child.stderr!.on('data', (text) => (errors += text));
  child.stdout!.resume();
  const [code] = await once(child, 'close');
  return { code, errors };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('two processes', () => {
  test('the second training on an output is refused; after the first was killed it goes on', async () => {
    const folder = temporaryFolder();
    const faces = await writeFaces(
      folder,
      Array.from({ length: 4 }, (_, i) => faceAt(90 + 7 * i, 90)),
    );
    const list = join(folder, 'list.txt');
    writeFileSync(list, faces.map(({ name, points }) => `${name} ${[...points].join(' ')}`).join('\n'));
    const out = join(folder, 'model.safetensors');
    const common = [
      '--list',
      list,
      '--images',
      folder,
      '--out',
      out,
      '--backbone',
      'mobilenet_v3',
      '--neighbours',
      '3',
      '--size',
      '64',
      '--batch',
      '4',
      '--workers',
      '0',
    ];
    const train = (...more: string[]) => start('dist/cli/main.js', 'train', ...common, ...more);
    const adapt = () =>
      start(
        'dist/cli/main.js',
        'adapt',
        ...common,
        '--epochs',
        '1',
        '--no-curriculum',
        '--unlabelled',
        list,
        '--unlabelled-images',
        folder,
      );

    const first = train('--epochs', '1000');
    first.stdout!.resume();
    first.stderr!.resume();
    await expect.poll(() => existsSync(`${out}.training`), { timeout: 60_000 }).toBe(true);
    for (const { code, errors } of await Promise.all([train('--epochs', '1000', '--resume'), adapt()].map(ended))) {
      expect(code).toBe(1);
      expect(errors).toMatch(
        /^pipnet-wasm: .*model\.safetensors is being written by another run: wait until it has ended, or name another file\n$/,
      );
    }
    await kill(first);

    const third = train('--epochs', '1000', '--resume');
    third.stderr!.resume();
    let output = '';
    third.stdout!.on('data', (text) => (output += text));
    await expect.poll(() => output, { timeout: 60_000 }).toMatch(/epoch \d+/);
    third.kill('SIGINT');
    await once(third, 'exit');
  }, 180_000);

  const HOLD = `import('./dist/files/lock.js').then(async ({ listen }) => { await listen(process.argv[1]); setInterval(() => {}, 1000); console.log('held'); })`;

  // The last is how macOS does it, where the socket's file outlives its process.
  test.each([
    ['by this system', (folder: string) => addressOf(join(folder, 'model.safetensors'))],
    ['by a file', async (folder: string) => join(folder, 'lock')],
  ])(
    'a lock %s ends with the process that held it',
    async (_, addressIn) => {
      const address = await addressIn(temporaryFolder());
      // An argument can't hold the zero that names of Linux begin with.
      const holder = start('-e', HOLD.replace('process.argv[1]', JSON.stringify(address)));
      await once(holder.stdout!, 'data');
      expect(await listen(address)).toBe('taken');
      await kill(holder);
      const lock = await listen(address);
      expect(lock).toMatchObject({ listening: true });
      expect(await listen(address)).toBe('taken');
      (lock as Exclude<typeof lock, 'taken'>)!.close();
    },
    60_000,
  );
});

describe('one process', () => {
  test('holds a file once, whatever its path is called, and lets it go, also by an error', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const out = join(folder, 'real', 'a');
    const nothing = async () => 'done';
    await whileLocked(out, async () => {
      for (const same of [out, join(folder, 'link', 'a'), `${folder}/real/../real/a`])
        await expect(whileLocked(same, nothing)).rejects.toThrow(ArgumentError);
      expect(await whileLocked(join(folder, 'real', 'b'), nothing)).toBe('done');
    });
    await expect(whileLocked(out, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await whileLocked(out, nothing)).toBe('done');
  });

  test('a system without such sockets does not prevent the work', async () => {
    expect(await listen(join(temporaryFolder(), 'none', 'lock'))).toBeUndefined();
  });

  test('names are those of the system', async () => {
    expect(await addressOf('a', 'win32')).toMatch(/^\\\\\.\\pipe\\pipnet-wasm-[0-9a-f]{32}$/);
    // A socket's file may have a path of 103 bytes.
    expect((await addressOf('x'.repeat(200), 'darwin')).length).toBeLessThan(104);
  });
});
