import type { Crop } from '../faces/crop.ts';
import { pipnet } from '../network/pipnet.ts';
import { cropResize, type Normalisation, type Sampling } from '../schedule/crop-resize.ts';
import { Runner } from '../schedule/runner.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { storeFloats, type ChooseAlgorithm } from '../schedule/weights.ts';
import type { Pixels } from '../types.ts';
import type { Engine } from '../wasm/engine.ts';
import type { PipnetModel } from '../weights/model.ts';
import { decode, type HeadOutput, type Prediction } from './decode.ts';
import { findNeighbours, type Neighbours } from './neighbours.ts';

const F32 = 4;

/** The offset maps, in the order of `HeadOutput.offsets`. */
const OFFSET_MAPS = ['x', 'y', 'nb_x', 'nb_y'];

export interface LandmarkNetworkOptions {
  /** `dense` computes the offset maps everywhere and reads them at the arg-max cells: the reference for `sparse`. */
  head?: 'sparse' | 'dense';
  sampling?: Sampling;
  algorithm?: ChooseAlgorithm;
}

/** PIPNet with its weights: crops in, landmarks out. */
export class LandmarkNetwork {
  readonly neighbours: Neighbours;
  readonly #engine: Engine;
  readonly #inputSize: number;
  readonly #normalisation: Normalisation;
  readonly #sampling: Sampling;
  readonly #runner: Runner;
  readonly #readHead: (schedule: Schedule) => HeadOutput;

  constructor(engine: Engine, model: PipnetModel, { head = 'sparse', sampling = 'bilinear', algorithm }: LandmarkNetworkOptions = {}) {
    const { landmarks, neighbours } = model.architecture;
    const maps = neighbours > 0 ? OFFSET_MAPS : OFFSET_MAPS.slice(0, 2);
    this.#engine = engine;
    this.#inputSize = model.inputSize;
    this.#sampling = sampling;
    this.#normalisation = { mean: model.mean.map((m) => m * 255), std: model.std.map((s) => s * 255), order: 'rgb' };
    this.neighbours = findNeighbours(model.meanFace, neighbours);
    const network = pipnet(model.architecture);
    this.#runner = new Runner(engine, network, model.tensors, head === 'sparse' ? ['cls', 'features'] : ['cls', ...maps], algorithm);

    const perLandmark = 2 + 2 * neighbours;
    const cells = engine.allocate(landmarks * F32);
    const scores = engine.allocate(landmarks * F32);
    const offsets = engine.allocate(landmarks * perLandmark * F32);
    const computeOffsets = head === 'sparse' ? this.#sparseHead(model, maps, cells, offsets) : this.#denseHead(model, maps, cells, offsets);
    this.#readHead = (schedule) => {
      const { address, height, width } = schedule.outputs.cls;
      engine.kernels.argMax(cells, scores, address, height * width, landmarks);
      computeOffsets(schedule);
      return {
        columns: width,
        rows: height,
        cells: engine.integers(cells, landmarks).slice(),
        scores: engine.floats(scores, landmarks).slice(),
        offsets: engine.floats(offsets, landmarks * perLandmark).slice(),
      };
    };
  }

  prepare(): Schedule {
    return this.#runner.prepare(this.#inputSize, this.#inputSize);
  }

  /** Landmarks of the face in a crop, in units of the crop. */
  predict(pixels: Pixels, crop: Crop): Prediction {
    const schedule = this.prepare();
    cropResize(this.#engine, schedule, pixels, crop.grid(this.#inputSize), this.#normalisation, crop.border, this.#sampling);
    this.#runner.run(schedule);
    return decode(this.#readHead(schedule), this.neighbours);
  }

  /** The rows of the four maps that belong to a landmark lie side by side, so that one pass over them gives its offsets. */
  #sparseHead(model: PipnetModel, maps: string[], cells: number, offsets: number): (schedule: Schedule) => void {
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
    return ({ outputs }) => engine.kernels.sparseHead(offsets, outputs.features.address, cells, weights, bias, channels, 2 + 2 * neighbours, 0, landmarks);
  }

  #denseHead(model: PipnetModel, maps: string[], cells: number, offsets: number): (schedule: Schedule) => void {
    const { landmarks, neighbours } = model.architecture;
    const engine = this.#engine;
    return ({ outputs }) => {
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
  }
}
