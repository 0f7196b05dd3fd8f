// Bytes and pictures of another realm, as iframes, jsdom and Jest's environments have them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { expect, it } from 'vitest';
import { loadPipnet } from '../../src/runtimes/node/index.ts';

const file = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));
const foreign = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const copy = new (vm.runInNewContext('Uint8Array') as typeof Uint8Array)(bytes.length);
  copy.set(bytes);
  return copy;
};

it('models, encoded pictures and pixels of another realm are read', async () => {
  const model = foreign(file('weights/pipnet-mobilenetv2-68.safetensors'));
  expect(model).not.toBeInstanceOf(Uint8Array);
  using pipnet = await loadPipnet({ model, detector: foreign(file('weights/faceboxesv2.safetensors')).buffer });
  expect(await pipnet.detect(foreign(file('test/images/grace-hopper.jpg')))).toHaveLength(1);
  expect(await pipnet.detectBoxes({ data: foreign(new Uint8Array(48)), width: 4, height: 4 })).toEqual([]);
});
