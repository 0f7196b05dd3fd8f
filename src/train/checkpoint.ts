/** A training interrupted, as a file: safetensors with the trainer's vectors, and in the metadata what it was begun with. */
import { ArgumentError, ModelError } from '../errors.ts';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.ts';
import type { TrainerState } from './trainer.ts';

const FORMAT = 'pipnet-wasm-training';
const VERSION = '1';

/** What decides a training's result besides its start; compared when it is continued. */
export type Settings = Record<string, string | number>;

/** The checkpoint's bytes. */
export function writeTraining({ steps, ...vectors }: TrainerState, settings: Settings): Uint8Array {
  const tensors = new Map(Object.entries(vectors).map(([name, data]) => [name, { shape: [data.length], data }]));
  return writeSafetensors(tensors, { format: FORMAT, version: VERSION, steps: String(steps), settings: JSON.stringify(settings) }, 'f32');
}

/**
 * The state that `writeTraining` wrote.
 *
 * @param settings those of the training that goes on
 * @param label what messages call the file
 * @throws ModelError for a file that is damaged or no checkpoint of a training
 * @throws ArgumentError if it was begun with other settings
 */
export function readTraining(bytes: Uint8Array, settings: Settings, label: string): TrainerState {
  const { tensors, metadata } = readSafetensors(bytes, label);
  if (metadata.format !== FORMAT || metadata.version !== VERSION || !/^\d+$/.test(metadata.steps ?? '')) {
    throw new ModelError(`${label}: no checkpoint of a training by this version of pipnet-wasm`);
  }
  const begun = JSON.parse(metadata.settings ?? '{}') as Settings;
  for (const name of Object.keys({ ...begun, ...settings })) {
    if (begun[name] === settings[name]) continue;
    throw new ArgumentError(`${label}: begun with ${name} ${begun[name] ?? 'unset'}, not ${settings[name] ?? 'unset'}: continue with the options that it was begun with`);
  }
  const vector = (name: keyof TrainerState): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor) throw new ModelError(`${label}: damaged, it lacks ${name}`);
    return tensor.data;
  };
  return {
    steps: Number(metadata.steps),
    weights: vector('weights'), buffers: vector('buffers'),
    firstMoments: vector('firstMoments'), secondMoments: vector('secondMoments'),
    averageWeights: vector('averageWeights'), averageBuffers: vector('averageBuffers'),
  };
}
