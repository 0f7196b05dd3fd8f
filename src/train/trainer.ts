/**
 * Training steps of a PIPNet on several threads: each takes its part of the batch forward and backward; their gradients
 * are summed in a fixed order, so that a seed and a thread count always give the same weights. Batch norms take their
 * statistics over a thread's part of the batch.
 */
import { ArgumentError, DataError, PipnetError } from '../errors.ts';
import { pipnet, type Architecture } from '../network/pipnet.ts';
import { parametersOf, type Network } from '../network/graph.ts';
import { findNeighbours } from '../pip/neighbours.ts';
import { split } from '../schedule/calls.ts';
import type { KernelBuild } from '../wasm/engine.ts';
import type { Tensor } from '../weights/tensor.ts';
import type { Batch } from './data/batch.ts';
import { F32 } from '../wasm/kernels.ts';
import { compileTrainKernels } from './kernels.ts';
import { TrainMemory } from './memory.ts';
import { NetworkWeights } from './network-weights.ts';
import { checkOptimiser, emaShare, SETTINGS, settingsOf, type OptimiserOptions } from './optimiser.ts';
import { GRAIN, Layout } from './parameters.ts';
import { Plan } from './plan.ts';
import { LOSS_PARTS, type LossTensors } from './plan-losses.ts';
import { Team, type Profile, type Program, type TrainCall } from './team.ts';

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

export interface TrainerOptions extends Partial<OptimiserOptions> {
  architecture: Architecture;
  /** Side of the pictures in pixels, a multiple of the stride. */
  size: number;
  /** x y x y ..., see `findNeighbours`. */
  meanFace: ArrayLike<number>;
  /** All parameters, see `initialise`. */
  tensors: ReadonlyMap<string, Tensor>;
  threads?: number;
  kernels?: KernelBuild;
  /** Prefixes of parameters that stay as they are; running averages of their batch norms go on. */
  frozen?: readonly string[];
  /** Whether the curriculum's three score maps are trained. */
  curriculum?: boolean;
}

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

/** One thread's memory. */
interface Member {
  gradients: number;
  statistics: number;
  points: number;
  shares: number;
  losses: number;
  squares: number;
  arena: number;
  arenaBytes: number;
}

/** Programs for batches of one size. */
interface Prepared {
  parts: { begin: number; end: number }[];
  images: number[];
  forwardBackward: Program[];
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
  readonly #memory: TrainMemory;
  readonly #team: Team;
  readonly #weights: NetworkWeights;
  readonly #vectors: { firstMoments: number; secondMoments: number; averageWeights: number; averageBuffers: number };
  readonly #subjects: { subjects: number; neighbourSubjects: number };
  readonly #members: Member[] = [];
  readonly #reduce: Program[];
  /** What `#update` writes for each step: settings of parameters with and without decay, share of the moving average. */
  readonly #settings: number;
  readonly #share: number;
  readonly #update: Program[];
  readonly #plans = new Map<number, Prepared>();
  #packed = false;
  #steps = 0;

  /** @throws ArgumentError for sizes, counts or parameters that don't fit */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const { threads = 1, size, architecture, meanFace } = options;
    if (!Number.isInteger(threads) || threads < 1 || threads > 64) throw new ArgumentError(`thread count ${threads} is not a whole number from 1 to 64`);
    const network = pipnet(architecture);
    if (!(size > 0 && size % architecture.stride === 0)) throw new ArgumentError(`size ${size} is not a multiple of the network's stride, ${architecture.stride}`);
    if (options.curriculum && size / architecture.stride < 4) throw new ArgumentError(`size ${size} is too small for the curriculum's third score map: use ${4 * architecture.stride} or more`);
    if (meanFace.length !== 2 * architecture.landmarks) throw new ArgumentError(`the mean face has ${meanFace.length} numbers: ${2 * architecture.landmarks} are needed`);
    const memory = new TrainMemory();
    const team = await Team.start(await compileTrainKernels(options.kernels), memory.memory, threads);
    try {
      return new Trainer(options, network, memory, team);
    } catch (error) {
      await team.dispose();
      throw error;
    }
  }

  private constructor(options: TrainerOptions, network: Network, memory: TrainMemory, team: Team) {
    this.architecture = options.architecture;
    this.size = options.size;
    this.threads = team.threads;
    this.#optimiser = checkOptimiser(options);
    this.#curriculum = options.curriculum ?? false;
    this.#network = network;
    this.#memory = memory;
    this.#team = team;
    const layout = (this.#layout = new Layout(network));
    this.#weights = new NetworkWeights(memory, network, layout, team.threads);
    const weightBytes = layout.weightLength * F32;
    const bufferBytes = layout.bufferLength * F32;
    this.#vectors = {
      firstMoments: memory.allocate(weightBytes),
      secondMoments: memory.allocate(weightBytes),
      averageWeights: memory.allocate(weightBytes),
      averageBuffers: memory.allocate(bufferBytes),
    };
    // Those of all threads side by side, so that sums over threads are strided walks.
    const gradients = memory.allocate(weightBytes * team.threads);
    const statistics = memory.allocate(bufferBytes * team.threads);
    for (let thread = 0; thread < team.threads; thread++) {
      this.#members.push({
        gradients: gradients + thread * weightBytes,
        statistics: statistics + thread * bufferBytes,
        losses: memory.allocate(LOSS_PARTS.length * 8),
        squares: memory.allocate(8),
        points: 0, shares: 0, arena: 0, arenaBytes: 0,
      });
    }
    const { neighbours } = options.architecture;
    const { of } = findNeighbours(options.meanFace, neighbours);
    this.#subjects = {
      subjects: this.#integers(of.map((_, landmark) => landmark)),
      neighbourSubjects: neighbours > 0 ? this.#integers(of.flat()) : 0,
    };
    this.#reduce = this.#planReduction();
    this.#settings = memory.allocate(2 * SETTINGS * F32);
    this.#share = memory.allocate(F32);
    this.#update = this.#planUpdate(options.frozen ?? []);
    this.#setTensors(options.tensors);
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Bytes of linear memory. */
  get memoryBytes(): number {
    return this.#memory.memory.buffer.byteLength;
  }

  /** Milliseconds of thread 0 by layer and pass from now on, added to those of `profile`. */
  startProfile(profile: Profile = new Map()): Profile {
    return (this.#team.profile = profile);
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
    this.#memory.floats(this.#settings, settings.length).set(settings);
    this.#memory.floats(this.#share, 1)[0] = emaShare(ema, step);
    this.#packed = false;
    await this.#team.run(this.#update);
    return result;
  }

  /** The first half of a step: loss and gradients, which `gradients` then gives. */
  async computeGradients(batch: Batch, tasks?: readonly Tasks[]): Promise<StepResult> {
    const samples = this.#check(batch);
    const prepared = this.#prepare(samples);
    const { landmarks } = this.architecture;
    const pictureFloats = this.size * this.size * 3;
    const shares = this.#sharesOf(samples, tasks);
    for (const [thread, { begin, end }] of prepared.parts.entries()) {
      const member = this.#members[thread];
      this.#memory.floats(prepared.images[thread], (end - begin) * pictureFloats).set(batch.images.subarray(begin * pictureFloats, end * pictureFloats));
      this.#memory.floats(member.points, (end - begin) * 2 * landmarks).set(batch.points.subarray(begin * 2 * landmarks, end * 2 * landmarks));
      shares.forEach((part, i) => this.#memory.floats(member.shares + i * (end - begin) * F32, end - begin).set(part.subarray(begin, end)));
    }
    if (!this.#packed) {
      await this.#team.run(this.#weights.pack);
      this.#packed = true;
    }
    await this.#team.run(prepared.forwardBackward);

    const parts = Object.fromEntries(LOSS_PARTS.map((part) => [part, 0])) as StepResult['parts'];
    for (const { losses } of this.#members.slice(0, prepared.parts.length)) {
      const values = this.#memory.doubles(losses, LOSS_PARTS.length);
      LOSS_PARTS.forEach((part, i) => (parts[part] += values[i]));
    }
    const loss = LOSS_PARTS.reduce((sum, part) => sum + parts[part], 0);
    if (!Number.isFinite(loss)) throw new DivergedError(`the loss is ${loss} at step ${this.#steps + 1}: train with a lower learning rate`);
    await this.#team.run(this.#reduce);
    const gradientNorm = Math.sqrt(this.#members.reduce((sum, { squares }) => sum + this.#memory.doubles(squares, 1)[0], 0));
    if (!Number.isFinite(gradientNorm)) throw new DivergedError(`the gradient's norm is ${gradientNorm} at step ${this.#steps + 1}: train with a lower learning rate`);
    return { loss, parts, gradientNorm };
  }

  /** Gradients of the last step under their official names. */
  gradients(): Map<string, Tensor> {
    const { weightLength, bufferLength } = this.#layout;
    const all = this.#layout.read(this.#memory.floats(this.#members[0].gradients, weightLength), new Float32Array(bufferLength));
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
      if (saved.length !== view.length) throw new ArgumentError(`the checkpoint has ${saved.length} ${name}, the network ${view.length}: it is of another backbone or landmark count`);
      view.set(saved);
    }
    this.#steps = state.steps;
    this.#packed = false;
  }

  async dispose(): Promise<void> {
    await this.#team.dispose();
  }

  #views() {
    const { weightLength, bufferLength } = this.#layout;
    const { firstMoments, secondMoments, averageWeights, averageBuffers } = this.#vectors;
    return {
      weights: this.#memory.floats(this.#weights.weights, weightLength),
      buffers: this.#memory.floats(this.#weights.buffers, bufferLength),
      firstMoments: this.#memory.floats(firstMoments, weightLength),
      secondMoments: this.#memory.floats(secondMoments, weightLength),
      averageWeights: this.#memory.floats(averageWeights, weightLength),
      averageBuffers: this.#memory.floats(averageBuffers, bufferLength),
    };
  }

  #setTensors(tensors: ReadonlyMap<string, Tensor>): void {
    const { weights, buffers, averageWeights, averageBuffers } = this.#views();
    for (const [name, { shape }] of [...this.#layout.weights, ...this.#layout.buffers]) {
      const tensor = tensors.get(name);
      if (tensor?.shape.join() !== shape.join()) throw new ArgumentError(`initial parameter ${name} is ${tensor ? tensor.shape.join('x') : 'missing'} instead of ${shape.join('x')}`);
      this.#layout.write(weights, buffers, name, tensor.data);
    }
    averageWeights.set(weights);
    averageBuffers.set(buffers);
  }

  #integers(values: number[]): number {
    const address = this.#memory.allocate(values.length * 4);
    this.#memory.integers(address, values.length).set(values);
    return address;
  }

  #check({ images, points }: Batch): number {
    const pictureFloats = this.size * this.size * 3;
    const samples = images.length / pictureFloats;
    const { landmarks } = this.architecture;
    if (!Number.isInteger(samples) || samples < 1) throw new DataError(`a batch of ${images.length} floats is not a whole number of ${this.size}x${this.size} RGB pictures`);
    if (points.length !== samples * 2 * landmarks) throw new DataError(`a batch of ${samples} pictures has ${points.length} coordinates: ${landmarks} landmarks each need ${samples * 2 * landmarks}`);
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
    const layout = this.#layout;
    const parts = split(samples, this.threads);
    const prepared: Prepared = { parts, images: [], forwardBackward: [] };
    for (const [thread, member] of this.#members.entries()) {
      const part = parts[thread];
      const clear: Program[number] = { layer: 'all', pass: 'clear', calls: [{ kernel: 'fill', args: [member.gradients, 0, layout.weightLength * F32] }] };
      if (!part) {
        // More threads than samples: this one only has no gradient, and the running averages as they are.
        clear.calls.push({ kernel: 'copy', args: [member.statistics, this.#weights.buffers, layout.bufferLength * F32] });
        prepared.forwardBackward.push([clear]);
        continue;
      }
      const count = part.end - part.begin;
      member.points = this.#memory.allocate(count * 2 * landmarks * F32);
      member.shares = this.#memory.allocate(count * LOSS_PARTS.length * F32);
      const losses: LossTensors = { landmarks, neighbours, ...this.#subjects, points: member.points, shares: member.shares, losses: member.losses, scales: this.#curriculum ? 3 : 1 };
      const vectors = { gradients: member.gradients, statistics: member.statistics, bufferOffset: (name: string) => layout.buffers.get(name)!.offset * F32 };
      const plan = new Plan({ network: this.#network, weights: this.#weights, vectors, losses, samples: count, size: this.size });
      const { bytes, at } = plan.draft.finish();
      if (bytes > member.arenaBytes) {
        member.arena = this.#memory.allocate(bytes);
        member.arenaBytes = bytes;
      }
      const { program, address } = at(member.arena);
      prepared.images.push(address(plan.images));
      prepared.forwardBackward.push([clear, ...program]);
    }
    // Points and shares lie anew for each size of batch, so only the last plan stays valid.
    this.#plans.clear();
    this.#plans.set(samples, prepared);
    return prepared;
  }

  /** Sums the threads' gradients into the first's, and their squares. */
  #planReduction(): Program[] {
    const [first] = this.#members;
    const parts = split(this.#layout.weightLength, this.threads, 1024);
    const stride = this.#layout.weightLength * F32;
    return this.#members.map(({ squares }, thread) => {
      const part = parts[thread];
      if (!part) return [];
      const address = first.gradients + part.begin * F32;
      const length = part.end - part.begin;
      const calls: TrainCall[] = [];
      if (this.threads > 1) calls.push({ kernel: 'gather', args: [address, address + stride, stride, this.threads - 1, length] });
      calls.push({ kernel: 'squareSum', args: [squares, address, length] });
      return [{ layer: 'all', pass: 'reduce', calls }];
    });
  }

  /** The second half of a step: Adam, running averages of batch norms, moving averages. */
  #planUpdate(frozen: readonly string[]): Program[] {
    const layout = this.#layout;
    const { firstMoments, secondMoments, averageWeights, averageBuffers } = this.#vectors;
    const { weights, buffers } = this.#weights;
    const averages = this.#optimiser.ema > 0;
    const programs: Program[] = this.#members.map(() => []);
    const each = (begin: number, end: number, callsOf: (at: (vector: number) => number, length: number) => TrainCall[]) => {
      split(end - begin, this.threads, GRAIN).forEach((part, thread) => {
        const calls = callsOf((vector) => vector + (begin + part.begin) * F32, part.end - part.begin);
        programs[thread].push({ layer: 'all', pass: 'update', calls });
      });
    };
    for (const { begin, end } of trainableRanges(layout, frozen)) {
      const settings = this.#settings + (begin < layout.decayLength ? 0 : SETTINGS * F32);
      each(begin, end, (at, length) => {
        const adam: TrainCall = { kernel: 'adam', args: [at(weights), at(this.#members[0].gradients), at(firstMoments), at(secondMoments), settings, length] };
        return averages ? [adam, { kernel: 'moveTowards', args: [at(averageWeights), at(weights), this.#share, length] }] : [adam];
      });
    }
    each(0, layout.bufferLength, (at, length) => {
      const average: TrainCall = { kernel: 'average', args: [at(buffers), at(this.#members[0].statistics), layout.bufferLength * F32, this.threads, MOMENTUM, length] };
      return averages ? [average, { kernel: 'moveTowards', args: [at(averageBuffers), at(buffers), this.#share, length] }] : [average];
    });
    return programs;
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
