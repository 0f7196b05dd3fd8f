/**
 * Training steps of a PIPNet on several threads: each takes its part of the batch forward and backward; their gradients
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
import { findNeighbours } from '../pip/neighbours.ts';
import type { Step } from '../wasm/kernels.ts';
import { ADAM_SETTINGS, F32 } from '../wasm/kernels/border.ts';
import type { Tensor } from '../weights/tensor.ts';
import type { Batch } from '../base/batch.ts';
import { createTrainEngine, type TrainEngine } from './kernels.ts';
import { NetworkWeights } from './network-weights.ts';
import { checkOptimiser, emaShare, settingsOf, type OptimiserOptions } from './optimiser.ts';
import { GRAIN, Layout } from './parameters.ts';
import { LOSS_PARTS, pipLosses } from './plan-losses.ts';
import { planStep } from './plan.ts';

/** Which losses count for a sample; `cls2` and `cls3` are the score maps of the features' 2x2 and 4x4 pools. */
export interface Tasks {
  cls1: boolean;
  cls2: boolean;
  cls3: boolean;
  offsets: boolean;
}

/** Plain supervised training. */
export const SUPERVISED: Tasks = { cls1: true, cls2: false, cls3: false, offsets: true };

/** The authors' weight of the score maps' loss. */
const SCORE_WEIGHT = 10;

/** Cells' sides of the three score maps, in cells of the features. */
const SCALES = [1, 2, 4];

/** PyTorch's default: the share of a new batch in the running averages. */
const MOMENTUM = 0.1;

export interface TrainerOptions extends Partial<OptimiserOptions>, Pick<EngineOptions, 'kernels' | 'threads' | 'spawn'> {
  architecture: Architecture;
  /** Side of the pictures in pixels, a multiple of the stride. */
  size: number;
  /** x y x y ..., see `findNeighbours`. */
  meanFace: ArrayLike<number>;
  /** All parameters, see `initialise`. */
  tensors: ReadonlyMap<string, Tensor>;
  /** Prefixes of parameters that stay as they are; running averages of their batch norms go on. */
  frozen?: readonly string[];
  /** Whether the curriculum's three score maps are trained. */
  curriculum?: boolean;
}

/** How a step went: its `loss`, before the weights changed. */
export interface StepResult {
  loss: number;
  /** The loss's parts, weighted. */
  parts: Record<(typeof LOSS_PARTS)[number], number>;
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
  parts: (Range & { images: number; points: number; shares: number })[];
  steps: Step[];
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

export class Trainer {
  readonly architecture: Architecture;
  readonly size: number;
  readonly threads: number;
  readonly #layout: Layout;
  readonly #network: Network;
  readonly #optimiser: OptimiserOptions;
  readonly #curriculum: boolean;
  readonly #engine: TrainEngine;
  readonly #weights: NetworkWeights;
  readonly #vectors: { firstMoments: number; secondMoments: number; averageWeights: number; averageBuffers: number };
  readonly #subjects: { subjects: number; neighbourSubjects: number };
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

  /** @throws ArgumentError for sizes, counts or parameters that don't fit */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const { threads = 1, size, architecture, meanFace } = options;
    wholeNumber(1, 64)(threads, 'threads');
    const network = pipnet(architecture);
    if (!(size > 0 && size % architecture.stride === 0))
      throw new ArgumentError(`size ${size} is not a multiple of the network's stride, ${architecture.stride}`);
    if (options.curriculum && size / architecture.stride < 4)
      throw new ArgumentError(`size ${size} is too small for the curriculum's third score map: use ${4 * architecture.stride} or more`);
    if (meanFace.length !== 2 * architecture.landmarks)
      throw new ArgumentError(`the mean face has ${meanFace.length} numbers: ${2 * architecture.landmarks} are needed`);
    if (threads > 1 && !options.spawn)
      throw new ArgumentError(`${threads} threads need a way to start them: give \`spawn\`, or train on one`);
    const engine = await createTrainEngine(options);
    try {
      return new Trainer(options, network, engine);
    } catch (error) {
      engine.dispose();
      throw error;
    }
  }

  private constructor(options: TrainerOptions, network: Network, engine: TrainEngine) {
    this.architecture = options.architecture;
    this.size = options.size;
    this.threads = engine.threads;
    this.#optimiser = checkOptimiser(options);
    this.#curriculum = options.curriculum ?? false;
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
        losses: engine.zeros(LOSS_PARTS.length * 8),
        squares: engine.zeros(8),
      });
    }
    const { neighbours } = options.architecture;
    const { of } = findNeighbours(options.meanFace, neighbours);
    this.#subjects = {
      subjects: this.#integers(of.map((_, landmark) => landmark)),
      neighbourSubjects: neighbours > 0 ? this.#integers(of.flat()) : 0,
    };
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
  async step(batch: Batch, rate: number, tasks?: readonly Tasks[]): Promise<StepResult> {
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
  async computeGradients(batch: Batch, tasks?: readonly Tasks[]): Promise<StepResult> {
    const samples = this.#check(batch);
    const prepared = this.#prepare(samples);
    const { landmarks } = this.architecture;
    const pictureFloats = this.size * this.size * 3;
    const shares = this.#sharesOf(samples, tasks);
    for (const { begin, end, ...place } of prepared.parts) {
      const fill = (address: number, values: Float32Array, each: number) =>
        this.#engine.floats(address, (end - begin) * each).set(values.subarray(begin * each, end * each));
      fill(place.images, batch.images, pictureFloats);
      fill(place.points, batch.points, 2 * landmarks);
      shares.forEach((part, i) => fill(place.shares + i * (end - begin) * F32, part, 1));
    }
    if (!this.#packed) {
      this.#run(this.#weights.pack);
      this.#packed = true;
    }
    this.#run(prepared.steps);

    const parts = Object.fromEntries(LOSS_PARTS.map((part) => [part, 0])) as StepResult['parts'];
    for (const { losses } of this.#members.slice(0, prepared.parts.length)) {
      const values = this.#engine.doubles(losses, LOSS_PARTS.length);
      LOSS_PARTS.forEach((part, i) => (parts[part] += values[i]));
    }
    const loss = LOSS_PARTS.reduce((sum, part) => sum + parts[part], 0);
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

  #integers(values: number[]): number {
    const address = this.#engine.zeros(values.length * 4);
    this.#engine.integers(address, values.length).set(values);
    return address;
  }

  #check({ images, points }: Batch): number {
    const pictureFloats = this.size * this.size * 3;
    const samples = images.length / pictureFloats;
    const { landmarks } = this.architecture;
    if (!Number.isInteger(samples) || samples < 1)
      throw new DataError(`a batch of ${images.length} floats is not a whole number of ${this.size}x${this.size} RGB pictures`);
    if (points.length !== samples * 2 * landmarks)
      throw new DataError(
        `a batch of ${samples} pictures has ${points.length} coordinates: ${landmarks} landmarks each need ${samples * 2 * landmarks}`,
      );
    return samples;
  }

  /**
   * What one term of each loss part weighs, by sample. Each loss is a mean over the samples for which it counts; the score
   * maps are one loss (the authors' code concatenates their cells).
   */
  #sharesOf(samples: number, tasks?: readonly Tasks[]): Float32Array[] {
    const { landmarks, neighbours, stride } = this.architecture;
    const counts = (task: keyof Tasks) => Float32Array.from({ length: samples }, (_, i) => Number((tasks?.[i] ?? SUPERVISED)[task]));
    const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
    const share = (weight: number, terms: number) => (terms === 0 ? 0 : weight / terms);
    const maps = (['cls1', 'cls2', 'cls3'] as const).map(counts);
    const cells = SCALES.map((scale) => Math.floor(this.size / stride / scale) ** 2);
    const scoreShare = share(SCORE_WEIGHT, landmarks * maps.reduce((total, map, i) => total + sum(map) * cells[i], 0));
    const offsets = counts('offsets');
    const offsetShare = share(1, landmarks * sum(offsets));
    const neighbourShare = offsetShare / Math.max(1, neighbours);
    const weighted = (values: Float32Array, weight: number) => values.map((value) => value * weight);
    // As in `LOSS_PARTS`.
    return [
      ...maps.map((map) => weighted(map, scoreShare)),
      ...[offsetShare, offsetShare, neighbourShare, neighbourShare].map((weight) => weighted(offsets, weight)),
    ];
  }

  #prepare(samples: number): Prepared {
    const known = this.#plans.get(samples);
    if (known) return known;
    const { landmarks, neighbours } = this.architecture;
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
      const objective = pipLosses({ landmarks, neighbours, ...this.#subjects, losses, scales: this.#curriculum ? 3 : 1 });
      const options = { draft, network: this.#network, weights, vectors: { gradients, statistics } };
      const planned = part && planStep({ ...options, samples: part.end - part.begin }, objective, this.size);
      return { part, planned, ...draft.finish() };
    });
    engine.ensure(drafts.reduce((sum, { bytes }) => sum + bytes, 0));
    let base = engine.arenaBase;
    const prepared: Prepared = { parts: [], steps: [] };
    drafts.forEach(({ part, planned, bytes, at }, thread) => {
      const { steps, address } = at(base);
      base += bytes;
      if (planned)
        prepared.parts.push({
          ...part,
          images: address(planned.images),
          points: address(planned.inputs.points),
          shares: address(planned.inputs.shares),
        });
      steps.forEach((step, i) => ((prepared.steps[i] ??= { ...step, calls: [] }).calls[thread] = step.calls[0] ?? []));
    });
    prepared.steps = independent(prepared.steps);
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
