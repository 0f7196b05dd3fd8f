// @module-tag slow
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { parseList } from '../../src/base/samples.ts';
import { schemeFor } from '../../src/evaluate/scheme.ts';
import { CROP_RULES } from '../../src/base/crop-rules.ts';
import { exactCrop } from '../../src/faces/crop.ts';
import { readImage } from '../../src/runtimes/node/decode.ts';
import { MODEL_NAMES } from '../../src/base/models.ts';
import { NO_DETECTOR, LocalPipnet } from '../../src/pipnet.ts';
import { loadPipnet } from '../../src/runtimes/node/index.ts';
import { shippedFile } from '../../src/files/shipped.ts';
import { readModel, type PipnetModel } from '../../src/weights/model.ts';
import { checkpointModel } from '../golden/shared.ts';

const data = `${process.env.PIPNET_DATA ?? '../shared/data'}/300w`;
const listOf = (landmarks: number) => `${data}/${landmarks === 98 ? 'val98' : 'val'}.txt`;

const missing = [68, 98].every((landmarks) => existsSync(listOf(landmarks))) ? '' : `no lists in ${data}, set PIPNET_DATA`;

async function evaluationOf(model: Uint8Array) {
  const pipnet = await loadPipnet({ model, detector: NO_DETECTOR });
  const { landmarks } = pipnet.model.architecture;
  const list = listOf(landmarks);
  const samples = parseList(readFileSync(list, 'utf8'), list);
  const { network } = LocalPipnet.partsOf(pipnet);
  return evaluate(
    samples,
    async ({ name }, crop) => network.predict(await readImage(`${data}/images/${name}`), exactCrop(crop)),
    schemeFor(landmarks),
    CROP_RULES[pipnet.model.supervisedCrop],
    pipnet.model.labelOffset,
  );
}

describe.skipIf(missing)(`200 faces of 300W${missing && ` (skipped: ${missing})`}`, { timeout: 300_000 }, () => {
  test('a checkpoint has the NME that PyTorch measured', async () => {
    const { count, merged, own } = await evaluationOf(checkpointModel());
    expect(count).toBe(200);
    expect(Math.abs(merged.nme - 0.03716)).toBeLessThan(0.0002);
    expect(Math.abs(own.nme - 0.03898)).toBeLessThan(0.0002);
    expect(merged.failureRate).toBeCloseTo(0.005, 12);
    expect(Math.abs(merged.auc - 0.6287)).toBeLessThan(0.002);
  });

  test.each(MODEL_NAMES)('the model %s has the NME that its file states', async (name) => {
    const bytes = new Uint8Array(readFileSync(shippedFile(name)));
    const stated = Number.parseFloat((readModel(bytes) as PipnetModel).nme!) / 100;
    const { merged } = await evaluationOf(bytes);
    expect(Math.abs(merged.nme - stated)).toBeLessThan(0.00005);
  });
});
