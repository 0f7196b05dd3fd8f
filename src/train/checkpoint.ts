/**
 * A training interrupted, as a file: safetensors with the trainer's vectors, and in the metadata what it was begun with
 * and how its epochs went; behind it the CRC-32 of all of it, little-endian. A flipped bit would train on unnoticed.
 */
import { readFile } from 'node:fs/promises';
import { quote } from '../base/quote.ts';
import { ArgumentError, ModelError } from '../base/errors.ts';
import { crc32 } from '../base/crc32.ts';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.ts';
import type { TrainerState } from '../step/trainer.ts';

const FORMAT = 'pipnet-wasm-training';
const VERSION = '3';
const CHECKSUM_BYTES = 4;

/** What decides a training's result besides its start; compared when it is continued. */
export type Settings = Record<string, string | number>;

/** How an epoch went. */
export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  /** Taken so far. */
  steps: number;
  /** Mean over the epoch's steps. */
  loss: number;
  /** The loss's weighted parts, by name. */
  parts: Record<string, number>;
  /** Faces trained on per second. */
  imagesPerSecond: number;
  /** The epoch's time, without validation. */
  seconds: number;
  /** NME on the validation list, a fraction. */
  nme?: number;
  /** The same without neighbour regression. */
  nmeWithoutNrm?: number;
}

export interface Training {
  state: TrainerState;
  history: EpochRecord[];
}

/** The checkpoint's bytes. */
export function writeTraining({ state: { steps, ...vectors }, history }: Training, settings: Settings): Uint8Array {
  const tensors = new Map(Object.entries(vectors).map(([name, data]) => [name, { shape: [data.length], data }]));
  const metadata = {
    format: FORMAT,
    version: VERSION,
    steps: String(steps),
    settings: JSON.stringify(settings),
    history: JSON.stringify(history),
  };
  const body = writeSafetensors(tensors, metadata, 'f32');
  const file = new Uint8Array(body.length + CHECKSUM_BYTES);
  file.set(body);
  new DataView(file.buffer).setUint32(body.length, crc32(body), true);
  return file;
}

/**
 * What `writeTraining` wrote.
 *
 * @param settings those of the training that goes on
 * @param label what messages call the file
 * @throws ModelError for a file that is damaged or no checkpoint of a training
 * @throws ArgumentError if it was begun with other settings
 */
export function readTraining(bytes: Uint8Array, settings: Settings, label: string): Training {
  const body = bytes.subarray(0, -CHECKSUM_BYTES);
  const checksum = bytes.subarray(body.length);
  if (checksum.length < CHECKSUM_BYTES || new DataView(checksum.buffer, checksum.byteOffset).getUint32(0, true) !== crc32(body)) {
    throw new ModelError(
      `${label}: damaged, or by an older version of pipnet-wasm: its checksum is wrong; begin the training again, without resuming`,
    );
  }
  const { tensors, metadata } = readSafetensors(body, label);
  if (metadata.format !== FORMAT || metadata.version !== VERSION || !/^\d+$/.test(metadata.steps ?? '')) {
    throw new ModelError(`${label}: no checkpoint of a training by this version of pipnet-wasm`);
  }
  const parsed = <T extends object>(name: string, isRight: (value: unknown) => boolean): T => {
    try {
      const value: unknown = JSON.parse(metadata[name] ?? '');
      if (isRight(value)) return value as T;
    } catch {
      // Told below.
    }
    throw new ModelError(`${label}: damaged, its ${name} can't be read`);
  };
  const begun = parsed<Settings>('settings', isObject);
  for (const name of Object.keys({ ...begun, ...settings })) {
    if (begun[name] === settings[name]) continue;
    throw new ArgumentError(
      `${label}: begun with ${text(name)} ${text(begun[name])}, not ${text(settings[name])}: continue with the options that it was begun with`,
    );
  }
  const vector = (name: keyof TrainerState): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor) throw new ModelError(`${label}: damaged, it lacks ${name}`);
    return tensor.data;
  };
  const state = {
    steps: Number(metadata.steps),
    weights: vector('weights'),
    buffers: vector('buffers'),
    firstMoments: vector('firstMoments'),
    secondMoments: vector('secondMoments'),
    averageWeights: vector('averageWeights'),
    averageBuffers: vector('averageBuffers'),
  };
  return { state, history: parsed<EpochRecord[]>('history', (value) => Array.isArray(value) && value.every(isObject)) };
}

/** The checkpoint in a file; undefined if there is none. @throws as `readTraining`, and ArgumentError if it can't be read */
export async function readCheckpoint(path: string, settings: Settings): Promise<Training | undefined> {
  try {
    return readTraining(await readFile(path), settings, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === undefined) throw error;
    throw new ArgumentError(`can't read ${path}: ${message}`);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** A name or value of a file in a message. */
function text(value: string | number | undefined): string {
  return quote(String(value ?? 'unset')).slice(1, -1);
}
