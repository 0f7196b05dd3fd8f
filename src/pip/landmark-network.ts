import { split } from '../engine/arguments.ts';
import { toAffine, toPixels } from '../base/affine.ts';
import type { Draft } from '../engine/draft.ts';
import type { Crop } from '../faces/crop.ts';
import { pipnet } from '../network/pipnet.ts';
import { cropResize, type Normalisation, type Sampling } from '../schedule/crop-resize.ts';
import { readTensor, Runner } from '../schedule/runner.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { storeFloats } from '../schedule/weights.ts';
import type { Pixels } from '../base/types.ts';
import type { Engine } from '../engine/engine.ts';
import type { Step } from '../wasm/kernels.ts';
import { F32 } from '../wasm/kernels/border.ts';
import type { Kernels } from '../wasm/kernels/signatures.ts';
import type { PipnetModel } from '../weights/model.ts';
import { decode, type HeadOutput, type Prediction } from './decode.ts';
import { findNeighbours, type Neighbours } from './neighbours.ts';

/** The offset maps, in the order of `HeadOutput.offsets`. */
const OFFSET_MAPS = ['x', 'y', 'nb_x', 'nb_y'];

/** How the landmark network computes. */
export interface LandmarkNetworkOptions {
  /** `dense` computes the offset maps everywhere and reads them at the arg-max cells: the reference for `sparse`, the default. */
  head?: 'sparse' | 'dense' | undefined;
  /** How a crop reads the picture. Default bilinear. */
  sampling?: Sampling | undefined;
  /** Bytes that the transformed weights of Winograd's convolution may take: less makes ResNets smaller in memory and slower. Default 192 MiB. */
  winogradBytes?: number | undefined;
}

/** How the offsets at the arg-max cells come about: by kernel calls, or read out of the dense maps. */
interface Head {
  draft?(draft: Draft<Kernels>, schedule: Schedule): void;
  read?(schedule: Schedule): void;
}

/** PIPNet with its weights: crops in, landmarks out. */
export class LandmarkNetwork {
  readonly neighbours: Neighbours;
  readonly #engine: Engine;
  readonly #inputSize: number;
  readonly #normalisation: Normalisation;
  readonly #sampling: Sampling;
  readonly #runner: Runner;
  readonly #headSteps: (schedule: Schedule) => Step[];
  readonly #readHead: (schedule: Schedule) => HeadOutput;
  #prepared: { backbone: Schedule; whole: Schedule } | undefined;

  constructor(engine: Engine, model: PipnetModel, options: LandmarkNetworkOptions = {}) {
    const { landmarks, neighbours } = model.architecture;
    const maps = neighbours > 0 ? OFFSET_MAPS : OFFSET_MAPS.slice(0, 2);
    this.#engine = engine;
    this.#inputSize = model.inputSize;
    this.#sampling = options.sampling ?? 'bilinear';
    this.#normalisation = { mean: model.mean.map((m) => m * 255), std: model.std.map((s) => s * 255), order: 'rgb' };
    this.neighbours = findNeighbours(model.meanFace, neighbours);
    const network = pipnet(model.architecture);
    this.#runner = new Runner(engine, network, model.tensors, options.head === 'dense' ? ['cls', ...maps] : ['cls', 'features'], {
      winogradBytes: options.winogradBytes,
      ranges: model.activationRanges,
    });

    const perLandmark = 2 + 2 * neighbours;
    const cells = engine.allocate(landmarks * F32);
    const scores = engine.allocate(landmarks * F32);
    const offsets = engine.allocate(landmarks * perLandmark * F32);
    const head = options.head === 'dense' ? this.#denseHead(model, maps, cells, offsets) : this.#sparseHead(model, maps, cells, offsets);
    this.#headSteps = (schedule) => {
      const draft = engine.draft();
      const { address, height, width } = schedule.outputs.cls;
      draft.begin('argMax', 'argMax');
      draft.call('argMax', { cells, scores, map: address, cellCount: height * width, landmarks });
      head.draft?.(draft, schedule);
      return draft.finish().at(engine.arenaBase).steps;
    };
    this.#readHead = (schedule) => {
      head.read?.(schedule);
      const { height, width } = schedule.outputs.cls;
      return {
        columns: width,
        rows: height,
        cells: engine.integers(cells, landmarks).slice(),
        scores: engine.floats(scores, landmarks).slice(),
        offsets: engine.floats(offsets, landmarks * perLandmark).slice(),
      };
    };
  }

  /** The backbone's and the head's schedule. */
  prepare(): Schedule {
    const backbone = this.#runner.prepare(this.#inputSize, this.#inputSize);
    if (this.#prepared?.backbone !== backbone) {
      this.#prepared = { backbone, whole: { ...backbone, steps: [...backbone.steps, ...this.#headSteps(backbone)] } };
    }
    return this.#prepared.whole;
  }

  /** Landmarks of the face in a crop, in pixels of the picture. */
  predict(pixels: Pixels, crop: Crop): Prediction {
    const schedule = this.#fill(pixels, crop);
    this.#engine.run(schedule.steps);
    const { own, merged, scores } = decode(this.#readHead(schedule), this.neighbours);
    const frame = toAffine(crop);
    return { own: toPixels(own, frame), merged: toPixels(merged, frame), scores };
  }

  /** Computes a crop layer by layer and shows what each reads, for calibration. */
  observe(pixels: Pixels, crop: Crop, show: (step: Step, input: Float32Array) => void): void {
    const { steps, stepInputs } = this.#fill(pixels, crop);
    stepInputs.forEach((input, i) => {
      show(steps[i], readTensor(this.#engine, input));
      this.#engine.run([steps[i]]);
    });
  }

  /** The crop as the network's input. */
  #fill(pixels: Pixels, crop: Crop): Schedule {
    const schedule = this.prepare();
    cropResize(this.#engine, schedule, pixels, crop.grid(this.#inputSize), this.#normalisation, crop.border, this.#sampling);
    return schedule;
  }

  /** The rows of the four maps that belong to a landmark lie side by side, so that one pass over them gives its offsets. */
  #sparseHead(model: PipnetModel, maps: string[], cells: number, offsets: number): Head {
    const { landmarks, neighbours } = model.architecture;
    const engine = this.#engine;
    const gather = (part: 'weight' | 'bias', perRow: number) => {
      const values = new Float32Array(landmarks * (2 + 2 * neighbours) * perRow);
      let position = 0;
      for (let l = 0; l < landmarks; l++) {
        for (const map of maps) {
          const count = (map.startsWith('nb') ? neighbours : 1) * perRow;
          values.set(model.tensors.get(`${map}_layer.${part}`)!.data.subarray(l * count, (l + 1) * count), position);
          position += count;
        }
      }
      return storeFloats(engine, values);
    };
    const channels = model.tensors.get('x_layer.weight')!.shape[1];
    const weights = gather('weight', channels);
    const bias = gather('bias', 1);
    const rows = 2 + 2 * neighbours;
    return {
      draft(draft, { outputs }) {
        draft.begin('offsets', 'sparseHead', 2 * landmarks * rows * channels);
        split(landmarks, engine.threads).forEach((part, thread) => {
          draft.call(
            'sparseHead',
            { out: offsets, features: outputs.features.address, cells, weights, bias, channels, rows, ...part },
            thread,
          );
        });
      },
    };
  }

  #denseHead(model: PipnetModel, maps: string[], cells: number, offsets: number): Head {
    const { landmarks, neighbours } = model.architecture;
    const engine = this.#engine;
    const read = ({ outputs }: Schedule) => {
      const cellOf = engine.integers(cells, landmarks);
      const target = engine.floats(offsets, landmarks * (2 + 2 * neighbours));
      let position = 0;
      for (let l = 0; l < landmarks; l++) {
        for (const map of maps) {
          const { address, height, width, channels } = outputs[map];
          const values = engine.floats(address, height * width * channels);
          const count = channels / landmarks;
          for (let i = 0; i < count; i++) target[position++] = values[cellOf[l] * channels + l * count + i];
        }
      }
    };
    return { read };
  }
}
