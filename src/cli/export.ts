import { Command } from 'commander';
import { exportOnnx } from '../export/onnx.ts';
import { DETECTOR_NAMES, MODEL_NAMES } from '../base/models.ts';
import { readModelFile } from '../files/read-model-file.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { DETECTORS, readModel, type Model } from '../weights/model.ts';

interface Options {
  onnx: string;
  model: string;
}

const EXAMPLES = `
The ONNX file is float32 and NCHW with batch norm folded; "input" is one face, RGB, as (pixel / 255 - mean) / std. The
outputs are the network's maps: scores (cls), offsets (x, y) and the neighbours' offsets (nb_x, nb_y). Mean, std, mean
face and crop rules are in its metadata. A detector is given BGR minus (104, 117, 123), at any size.

Examples:
  $ pipnet-wasm export --onnx pipnet.onnx
  $ pipnet-wasm export --onnx wflw.onnx --model wflw.safetensors`;

/** `pipnet-wasm export`: writes a model in another engine's format. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write a model as ONNX, for other engines')
    .requiredOption('--onnx <file>', 'ONNX file to write')
    .option('--model <name>', `model to export: ${[...MODEL_NAMES, ...DETECTOR_NAMES].join(', ')}, or a file`, 'default')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ onnx, model: path }: Options): Promise<void> {
  const model = readModel(await readModelFile(path), path);
  const file = exportOnnx(model);
  await writeFileAtomic(onnx, file);
  console.log(`${onnx}: ${nameOf(model)}, ${(file.length / 1e6).toFixed(1)} MB, float32`);
}

function nameOf(model: Model): string {
  return model.kind !== 'pipnet'
    ? DETECTORS[model.kind].title
    : `PIPNet with ${model.architecture.backbone} for ${model.architecture.landmarks} landmarks`;
}
