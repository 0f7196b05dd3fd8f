import type { Network } from '../network/graph.ts';
import { layersFor } from '../network/operations.ts';
import type { Engine } from '../engine/engine.ts';
import type { Tensor } from '../weights/tensor.ts';
import { schedule, type Schedule, type TensorView } from './schedule.ts';
import { packWeights, type PackedWeights, type PackOptions } from './weights.ts';

/** One for each scale of a picture, whatever its size; a schedule takes a fraction of a megabyte. */
const KEPT_SCHEDULES = 6;

/** A network with its weights in an engine, ready to run on inputs of any size. */
export class Runner {
  readonly #engine: Engine;
  readonly #network: Network;
  readonly #weights: PackedWeights;
  readonly #outputs: string[];
  readonly #prepared = new Map<string, Schedule>();
  #arenaBase = -1;

  /**
   * Packs the weights; nothing else of `tensors` is kept.
   *
   * @param outputs names of the outputs to compute; layers that they don't need are left out
   */
  constructor(engine: Engine, network: Network, tensors: Map<string, Tensor>, outputs: string[], options?: PackOptions) {
    this.#engine = engine;
    this.#network = network;
    this.#outputs = outputs;
    this.#weights = packWeights(engine, network, layersFor(network, outputs), tensors, options);
  }

  /** The schedule for an input of `height` x `width`; the last few are kept. */
  prepare(height: number, width: number): Schedule {
    const { arenaBase } = this.#engine;
    if (this.#arenaBase !== arenaBase) this.#prepared.clear();
    this.#arenaBase = arenaBase;
    const size = `${height}x${width}`;
    const prepared = this.#prepared.get(size) ?? schedule(this.#engine, this.#network, this.#weights, this.#outputs, height, width);
    this.#prepared.delete(size);
    this.#prepared.set(size, prepared);
    if (this.#prepared.size > KEPT_SCHEDULES) this.#prepared.delete(this.#prepared.keys().next().value!);
    return prepared;
  }

  /** Computes the outputs from what lies in `schedule.input`, whose memory is reused. */
  run({ steps }: Schedule): void {
    this.#engine.run(steps);
  }
}

/** A tensor's values in NHWC order, copied out of linear memory. */
export function readTensor(engine: Engine, { address, height, width, channels, stride }: TensorView): Float32Array {
  const pixels = height * width;
  const values = new Float32Array(pixels * channels);
  const source = engine.floats(address, (pixels - 1) * stride + channels);
  for (let p = 0; p < pixels; p++) values.set(source.subarray(p * stride, p * stride + channels), p * channels);
  return values;
}
