/**
 * Training steps of a network on several threads: each takes its part of the batch forward and backward; their gradients
 * are summed in a fixed order, so that a seed and a thread count always give the same weights. Batch norms take their
 * statistics over a thread's part of the batch.
 */
import { split, type Range } from '../engine/arguments.ts';
import { independent } from '../engine/draft.ts';
import type { EngineOptions } from '../engine/engine.ts';
import { ArgumentError, DataError, PipnetError } from '../base/errors.ts';
import type { Network } from '../network/graph.ts';
import { parametersOf } from '../network/operations.ts';
import { wholeNumber } from '../base/options.ts';
import { pipnet, type Architecture } from '../network/pipnet.ts';
import { ADAM_SETTINGS, F32 } from '../wasm/kernels/border.ts';
import type { Step } from '../wasm/kernels.ts';
import type { Tensor } from '../weights/tensor.ts';
import type { Batch } from '../base/batch.ts';
import type { Criterion, Tasks } from './criterion.ts';
import { createTrainEngine, type TrainEngine } from './kernels.ts';
import { NetworkWeights } from './network-weights.ts';
import { checkOptimiser, emaShare, settingsOf, type OptimiserOptions } from './optimiser.ts';
import { GRAIN, Layout } from './parameters.ts';
import { pipCriterion } from './pip-criterion.ts';
import { planStep } from './plan.ts';

/** PyTorch's default: the share of a new batch in the running averages. */
const MOMENTUM = 0.1;

export interface NetworkTrainerOptions extends Partial<OptimiserOptions>, Pick<EngineOptions, 'kernels' | 'threads' | 'spawn'> {
  /** Side of the pictures in pixels, a multiple of the stride. */
  size: number;
  /** All parameters, see `initialise`. */
  tensors: ReadonlyMap<string, Tensor>;
  /** Prefixes of parameters that stay as they are; running averages of their batch norms go on. */
  frozen?: readonly string[];
}

export interface TrainerOptions extends NetworkTrainerOptions {
  architecture: Architecture;
  /** x y x y ..., see `findNeighbours`. */
  meanFace: ArrayLike<number>;
  /** Whether the curriculum's three score maps are trained. */
  curriculum?: boolean;
}

/** How a step went: its `loss`, before the weights changed. */
export interface StepResult {
  loss: number;
  /** The loss's parts, weighted. */
  parts: Record<string, number>;
  /** Norm of the gradient before clipping. */
  gradientNorm: number;
}

/** The loss or gradient is NaN or infinite; weights are those from before the step. */
export class DivergedError extends PipnetError {
  override name = 'DivergedError';
}

/** Milliseconds by `pass layer`. */
export type Profile = Map<string, { pass: string; layer: string; ms: number }>;

/** One thread's memory. */
interface Member {
  gradients: number;
  statistics: number;
  losses: number;
  squares: number;
}

/** The program for batches of one size: each thread's part of the batch, where it goes, and what is computed. */
interface Prepared {
  parts: (Range & { images: number; at: Record<string, number> })[];
  /** Up to the losses that kernels compute, and from there on. */
  forward: Step[];
  backward: Step[];
}

/** Everything of a training that a checkpoint keeps, as vectors in the order of `Layout`. */
export interface TrainerState {
  steps: number;
  weights: Float32Array;
  buffers: Float32Array;
  firstMoments: Float32Array;
  secondMoments: Float32Array;
  averageWeights: Float32Array;
  averageBuffers: Float32Array;
}

export class Trainer<Taken extends { images: Float32Array } = Batch> {
  readonly size: number;
  readonly threads: number;
  readonly #layout: Layout;
  readonly #network: Network;
  readonly #optimiser: OptimiserOptions;
  readonly #criterion: Criterion<Taken>;
  readonly #engine: TrainEngine;
  readonly #weights: NetworkWeights;
  readonly #vectors: { firstMoments: number; secondMoments: number; averageWeights: number; averageBuffers: number };
  readonly #members: Member[] = [];
  readonly #reduce: Step[];
  /** What `#update` writes for each step: settings of parameters with and without decay, share of the moving average. */
  readonly #settings: number;
  readonly #share: number;
  readonly #update: Step[];
  readonly #plans = new Map<number, Prepared>();
  #profile: Profile | undefined;
  #packed = false;
  #steps = 0;

  /**
   * The trainer of a PIPNet.
   *
   * @throws ArgumentError for sizes, counts or parameters that don't fit
   */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const { size, architecture, meanFace } = options;
    if (options.curriculum && size / architecture.stride < 4)
      throw new ArgumentError(`size ${size} is too small for the curriculum's third score map: use ${4 * architecture.stride} or more`);
    if (meanFace.length !== 2 * architecture.landmarks)
      throw new ArgumentError(`the mean face has ${meanFace.length} numbers: ${2 * architecture.landmarks} are needed`);
    return Trainer.of(pipnet(architecture), architecture.stride, (engine) => pipCriterion(engine, options), options);
  }

  /**
   * The trainer of any network.
   *
   * @param stride what the size must be a multiple of
   * @throws ArgumentError for sizes, counts or parameters that don't fit
   */
  static async of<Taken extends { images: Float32Array }>(
    network: Network,
    stride: number,
    criterion: (engine: TrainEngine) => Criterion<Taken>,
    options: NetworkTrainerOptions,
  ): Promise<Trainer<Taken>> {
    const { threads = 1, size } = options;
    wholeNumber(1, 64)(threads, 'threads');
    if (!(size > 0 && size % stride === 0)) throw new ArgumentError(`size ${size} is not a multiple of the network's stride, ${stride}`);
    if (threads > 1 && !options.spawn)
      throw new ArgumentError(`${threads} threads need a way to start them: give \`spawn\`, or train on one`);
    const engine = await createTrainEngine(options);
    try {
      return new Trainer(options, network, engine, criterion(engine));
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  private constructor(options: NetworkTrainerOptions, network: Network, engine: TrainEngine, criterion: Criterion<Taken>) {
    this.size = options.size;
    this.threads = engine.threads;
    this.#optimiser = checkOptimiser(options);
    this.#criterion = criterion;
    this.#network = network;
    this.#engine = engine;
    const layout = (this.#layout = new Layout(network));
    this.#weights = new NetworkWeights(engine, network, layout);
    const weightBytes = layout.weightLength * F32;
    const bufferBytes = layout.bufferLength * F32;
    this.#vectors = {
      firstMoments: engine.zeros(weightBytes),
      secondMoments: engine.zeros(weightBytes),
      averageWeights: engine.zeros(weightBytes),
      averageBuffers: engine.zeros(bufferBytes),
    };
    // Those of all threads side by side, so that sums over threads are strided walks.
    const gradients = engine.zeros(weightBytes * engine.threads);
    const statistics = engine.zeros(bufferBytes * engine.threads);
    for (let thread = 0; thread < engine.threads; thread++) {
      this.#members.push({
        gradients: gradients + thread * weightBytes,
        statistics: statistics + thread * bufferBytes,
        losses: engine.zeros(criterion.parts.length * 8),
        squares: engine.zeros(8),
      });
    }
    this.#reduce = this.#planReduction();
    this.#settings = engine.zeros(2 * ADAM_SETTINGS * F32);
    this.#share = engine.zeros(F32);
    this.#update = this.#planUpdate(options.frozen ?? []);
    this.#setTensors(options.tensors);
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Bytes of linear memory. */
  get memoryBytes(): number {
    return this.#engine.memoryBytes;
  }

  /** Milliseconds by layer and pass from now on, added to those of `profile`. */
  startProfile(profile: Profile = new Map()): Profile {
    return (this.#profile = profile);
  }

  /**
   * One step on a batch.
   *
   * @param rate learning rate
   * @param tasks what counts for each sample, default `SUPERVISED` for all
   * @throws DataError for a batch of another shape
   * @throws DivergedError where loss or gradient are not finite
   */
  async step(batch: Taken, rate: number, tasks?: readonly Tasks[]): Promise<StepResult> {
    const result = await this.computeGradients(batch, tasks);
    const { weightDecay, ema } = this.#optimiser;
    const step = ++this.#steps;
    const settings = [weightDecay, 0].flatMap((decay) => settingsOf(this.#optimiser, step, rate, decay, result.gradientNorm));
    this.#engine.floats(this.#settings, settings.length).set(settings);
    this.#engine.floats(this.#share, 1)[0] = emaShare(ema, step);
    this.#packed = false;
    this.#run(this.#update);
    return result;
  }

  /** The first half of a step: loss and gradients, which `gradients` then gives. */
  async computeGradients(batch: Taken, tasks?: readonly Tasks[]): Promise<StepResult> {
    const samples = this.#check(batch);
    const prepared = this.#prepare(samples);
    const pictureFloats = this.size * this.size * 3;
    for (const { begin, end, images, at } of prepared.parts) {
      this.#engine.floats(images, (end - begin) * pictureFloats).set(batch.images.subarray(begin * pictureFloats, end * pictureFloats));
      this.#criterion.fill(batch, samples, { begin, end }, at, tasks);
    }
    if (!this.#packed) {
      this.#run(this.#weights.pack);
      this.#packed = true;
    }
    this.#run(prepared.forward);
    const names = this.#criterion.parts;
    const sums = this.#criterion.measure?.(batch, prepared.parts) ?? names.map(() => 0);
    this.#run(prepared.backward);

    for (const { losses } of this.#members.slice(0, prepared.parts.length))
      this.#engine.doubles(losses, names.length).forEach((value, i) => (sums[i] += value));
    const parts = Object.fromEntries(names.map((name, i) => [name, sums[i]]));
    const loss = sums.reduce((sum, value) => sum + value, 0);
    if (!Number.isFinite(loss)) throw new DivergedError(`the loss is ${loss} at step ${this.#steps + 1}: train with a lower learning rate`);
    this.#run(this.#reduce);
    const gradientNorm = Math.sqrt(this.#members.reduce((sum, { squares }) => sum + this.#engine.doubles(squares, 1)[0], 0));
    if (!Number.isFinite(gradientNorm))
      throw new DivergedError(`the gradient's norm is ${gradientNorm} at step ${this.#steps + 1}: train with a lower learning rate`);
    return { loss, parts, gradientNorm };
  }

  /** Gradients of the last step under their official names. */
  gradients(): Map<string, Tensor> {
    const { weightLength, bufferLength } = this.#layout;
    const all = this.#layout.read(this.#engine.floats(this.#members[0].gradients, weightLength), new Float32Array(bufferLength));
    return new Map([...all].filter(([name]) => this.#layout.weights.has(name)));
  }

  /** The parameters under their official names: the average of the weights if there is one, or the weights themselves. */
  tensors(which: 'average' | 'weights' = this.#optimiser.ema > 0 ? 'average' : 'weights'): Map<string, Tensor> {
    const { weights, buffers, averageWeights, averageBuffers } = this.#views();
    const read = which === 'average' ? this.#layout.read(averageWeights, averageBuffers) : this.#layout.read(weights, buffers);
    // In the order of the official state dict.
    return new Map(parametersOf(this.#network).map(({ name }) => [name, read.get(name)!]));
  }

  /** A copy of the training's state. */
  save(): TrainerState {
    const copies = Object.entries(this.#views()).map(([name, view]) => [name, Float32Array.from(view)]);
    return { steps: this.#steps, ...Object.fromEntries(copies) } as TrainerState;
  }

  /** @throws ArgumentError if the state is another network's */
  restore(state: TrainerState): void {
    for (const [name, view] of Object.entries(this.#views())) {
      const saved = state[name as keyof TrainerState] as Float32Array;
      if (saved.length !== view.length)
        throw new ArgumentError(
          `the checkpoint has ${saved.length} ${name}, the network ${view.length}: it is of another backbone or landmark count`,
        );
      view.set(saved);
    }
    this.#steps = state.steps;
    this.#packed = false;
  }

  async dispose(): Promise<void> {
    this.#engine.dispose();
  }

  #run(steps: Step[]): void {
    const profile = this.#profile;
    if (!profile) return this.#engine.run(steps);
    for (const step of steps) {
      const { layer, algorithm: pass } = step;
      const start = performance.now();
      this.#engine.run([step]);
      const entry = profile.get(`${pass} ${layer}`) ?? { pass, layer, ms: 0 };
      entry.ms += performance.now() - start;
      profile.set(`${pass} ${layer}`, entry);
    }
  }

  #views() {
    const { weightLength, bufferLength } = this.#layout;
    const { firstMoments, secondMoments, averageWeights, averageBuffers } = this.#vectors;
    return {
      weights: this.#engine.floats(this.#weights.weights, weightLength),
      buffers: this.#engine.floats(this.#weights.buffers, bufferLength),
      firstMoments: this.#engine.floats(firstMoments, weightLength),
      secondMoments: this.#engine.floats(secondMoments, weightLength),
      averageWeights: this.#engine.floats(averageWeights, weightLength),
      averageBuffers: this.#engine.floats(averageBuffers, bufferLength),
    };
  }

  #setTensors(tensors: ReadonlyMap<string, Tensor>): void {
    const { weights, buffers, averageWeights, averageBuffers } = this.#views();
    for (const [name, { shape }] of [...this.#layout.weights, ...this.#layout.buffers]) {
      const tensor = tensors.get(name);
      if (tensor?.shape.join() !== shape.join())
        throw new ArgumentError(
          `initial parameter ${name} is ${tensor ? tensor.shape.join('x') : 'missing'} instead of ${shape.join('x')}`,
        );
      this.#layout.write(weights, buffers, name, tensor.data);
    }
    averageWeights.set(weights);
    averageBuffers.set(buffers);
  }

  #check(batch: Taken): number {
    const { length } = batch.images;
    const samples = length / (this.size * this.size * 3);
    if (!Number.isInteger(samples) || samples < 1)
      throw new DataError(`a batch of ${length} floats is not a whole number of ${this.size}x${this.size} RGB pictures`);
    this.#criterion.check(batch, samples);
    return samples;
  }

  #prepare(samples: number): Prepared {
    const known = this.#plans.get(samples);
    if (known) return known;
    const [engine, layout, weights] = [this.#engine, this.#layout, this.#weights];
    const parts = split(samples, this.threads);
    // Each thread has a draft of its own, and its arena beside the others'.
    const drafts = this.#members.map(({ gradients, statistics, losses }, thread) => {
      const draft = engine.draft();
      const part = parts[thread];
      draft.begin('all', 'clear');
      draft.call('fill', { out: gradients, byte: 0, bytes: layout.weightLength * F32 });
      // More threads than samples: this one only has no gradient, and the running averages as they are.
      if (!part) draft.call('copy', { out: statistics, input: weights.buffers, bytes: layout.bufferLength * F32 });
      const objective = this.#criterion.objective(losses);
      const options = { draft, network: this.#network, weights, vectors: { gradients, statistics } };
      const planned = part && planStep({ ...options, samples: part.end - part.begin }, objective, this.size);
      return { part, planned, ...draft.finish() };
    });
    engine.ensure(drafts.reduce((sum, { bytes }) => sum + bytes, 0));
    let base = engine.arenaBase;
    const places: Prepared['parts'] = [];
    const all: Step[] = [];
    drafts.forEach(({ part, planned, bytes, at }, thread) => {
      const { steps, address } = at(base);
      base += bytes;
      if (planned) {
        const inputs = Object.entries(planned.inputs).map(([name, place]) => [name, address(place)]);
        places.push({ ...part, images: address(planned.images), at: Object.fromEntries(inputs) });
      }
      steps.forEach((step, i) => ((all[i] ??= { ...step, calls: [] }).calls[thread] = step.calls[0] ?? []));
    });
    const turn = all.findIndex(({ algorithm }) => algorithm === 'backward');
    const prepared: Prepared = { parts: places, forward: independent(all.slice(0, turn)), backward: independent(all.slice(turn)) };
    this.#plans.set(samples, prepared);
    return prepared;
  }

  /** Sums the threads' gradients into the first's, and their squares. */
  #planReduction(): Step[] {
    const draft = this.#engine.draft();
    const stride = this.#layout.weightLength * F32;
    draft.begin('all', 'reduce');
    split(this.#layout.weightLength, this.threads, 1024).forEach((part, thread) => {
      const out = this.#members[0].gradients + part.begin * F32;
      const length = part.end - part.begin;
      if (this.threads > 1) draft.call('gather', { out, input: out + stride, stride, count: this.threads - 1, length }, thread);
      draft.call('squareSum', { out: this.#members[thread].squares, input: out, length }, thread);
    });
    return draft.finish().at(0).steps;
  }

  /** The second half of a step: Adam, running averages of batch norms, moving averages. */
  #planUpdate(frozen: readonly string[]): Step[] {
    const layout = this.#layout;
    const { firstMoments, secondMoments, averageWeights, averageBuffers } = this.#vectors;
    const { weights, buffers } = this.#weights;
    const [{ gradients, statistics }] = this.#members;
    const averages = this.#optimiser.ema > 0;
    const draft = this.#engine.draft();
    draft.begin('all', 'update');
    const each = (begin: number, end: number, calls: (at: (vector: number) => number, length: number, thread: number) => void) => {
      split(end - begin, this.threads, GRAIN).forEach((part, thread) =>
        calls((vector) => vector + (begin + part.begin) * F32, part.end - part.begin, thread),
      );
    };
    for (const { begin, end } of trainableRanges(layout, frozen)) {
      const settings = this.#settings + (begin < layout.decayLength ? 0 : ADAM_SETTINGS * F32);
      each(begin, end, (at, length, thread) => {
        draft.call('adam', { w: at(weights), g: at(gradients), m: at(firstMoments), v: at(secondMoments), settings, length }, thread);
        if (averages) draft.call('moveTowards', { out: at(averageWeights), input: at(weights), share: this.#share, length }, thread);
      });
    }
    each(0, layout.bufferLength, (at, length, thread) => {
      draft.call(
        'average',
        { out: at(buffers), input: at(statistics), stride: layout.bufferLength * F32, count: this.threads, share: MOMENTUM, length },
        thread,
      );
      if (averages) draft.call('moveTowards', { out: at(averageBuffers), input: at(buffers), share: this.#share, length }, thread);
    });
    return draft.finish().at(0).steps;
  }
}

/** Stretches of the weights' vector that are updated alike: with weight decay or without, and not frozen. */
function trainableRanges(layout: Layout, frozen: readonly string[]): { begin: number; end: number }[] {
  const ranges: { begin: number; end: number }[] = [];
  for (const { name, offset, length } of layout.weights.values()) {
    if (frozen.some((prefix) => name.startsWith(prefix))) continue;
    const end = offset + Math.ceil(length / GRAIN) * GRAIN;
    const last = ranges.at(-1);
    if (last?.end === offset && offset !== layout.decayLength) last.end = end;
    else ranges.push({ begin: offset, end });
  }
  return ranges;
}
