import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FaceboxesDetector } from '../../src/faces/faceboxes-detector.ts';
import { faceboxes } from '../../src/network/faceboxes.ts';
import { readImage } from '../../src/runtimes/node/decode.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { readTensor, Runner } from '../../src/schedule/runner.ts';
import { Engine } from '../../src/engine/engine.ts';
import { readCheckpoint } from '../../src/weights/checkpoint.ts';
import { fnv1a, mulberry32 } from '../reference/random.ts';
import { hasShared, inShared, readGolden, readGoldenFloats, relativeError } from './shared.ts';

const golden: {
  photographs: Record<string, number[][]>;
  threshold: number;
  random: { input: number[] };
} = JSON.parse(readGolden('faceboxes.json').toString());

const officialTensors = () => readCheckpoint(new Uint8Array(readFileSync(inShared('weights/faceboxesv2-official.pth'))));

describe.skipIf(!hasShared)('the official FaceBoxesV2 (skipped without its checkpoint)', () => {
  it('gives the raw maps of a random input within 1e-3 of their largest magnitude', async () => {
    const [height, width, channels] = golden.random.input;
    const network = faceboxes();
    const engine = await Engine.create(inlinedKernels());
    const runner = new Runner(engine, network, officialTensors(), Object.keys(network.outputs));
    const schedule = runner.prepare(height, width);
    const random = mulberry32(fnv1a('detector_input'));
    const means = [104, 117, 123];
    const input = Float32Array.from({ length: height * width * channels }, (_, i) => Math.floor(256 * random()) - means[i % 3]);
    engine.floats(schedule.input.address, input.length).set(input);
    runner.run(schedule);

    const collect = (head: string) => [0, 1, 2].flatMap((map) => Array.from(readTensor(engine, schedule.outputs[`${head}${map}`])));
    const logits = collect('conf');
    const softmax = logits.map((value, i) => 1 / (1 + Math.exp(logits[i ^ 1] - value)));
    expect(relativeError(Float32Array.from(collect('loc')), readGoldenFloats('faceboxes.loc.f32'))).toBeLessThan(1e-3);
    expect(relativeError(Float32Array.from(softmax), readGoldenFloats('faceboxes.conf.f32'))).toBeLessThan(1e-3);
  });

  it.each(Object.keys(golden.photographs))('%s: its boxes within 2 pixels and 0.02 of their score', async (photograph) => {
    const engine = await Engine.create(inlinedKernels());
    const detector = new FaceboxesDetector(engine, { kind: 'faceboxes', licence: 'MIT', tensors: officialTensors() });
    const image = await readImage(inShared(`images/${photograph}`));
    const found = detector.detectAt(image, golden.threshold, Math.max(image.width, image.height));
    const expected = golden.photographs[photograph];
    // At the threshold itself another JPEG decoder may tip a box over.
    const isSure = (score: number) => score > golden.threshold + 0.02;
    expect(found.filter(({ score }) => isSure(score)).length).toBe(expected.filter(([, , , , score]) => isSure(score)).length);
    for (const [left, top, right, bottom, score] of expected.filter((box) => isSure(box[4]))) {
      const distance = ({ box }: (typeof found)[number]) =>
        Math.max(Math.abs(box.x - left), Math.abs(box.y - top), Math.abs(box.x + box.width - right), Math.abs(box.y + box.height - bottom));
      const nearest = found.reduce((best, face) => (distance(face) < distance(best) ? face : best));
      expect(distance(nearest)).toBeLessThan(2);
      expect(Math.abs(nearest.score - score)).toBeLessThan(0.02);
    }
  });
});
