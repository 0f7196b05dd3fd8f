/** PyTorch's tensors as its checkpoints hold them: views (offset, sizes, strides) of storages of numbers. */
import { halfToNumber } from './float16.ts';
import { elementCount, type Tensor } from './tensor.ts';

/** How a storage's numbers are read; `at` counts bytes. */
export interface Format {
  bytes: number;
  read(view: DataView, at: number): number;
}

export const FORMATS: Record<string, Format> = {
  'torch.FloatStorage': { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  'torch.DoubleStorage': { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  'torch.HalfStorage': { bytes: 2, read: (view, at) => halfToNumber(view.getUint16(at, true)) },
  'torch.BFloat16Storage': { bytes: 2, read: readBFloat16 },
  'torch.LongStorage': { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  'torch.IntStorage': { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  'torch.ShortStorage': { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  'torch.CharStorage': { bytes: 1, read: (view, at) => view.getInt8(at) },
  'torch.ByteStorage': { bytes: 1, read: (view, at) => view.getUint8(at) },
  'torch.BoolStorage': { bytes: 1, read: (view, at) => view.getUint8(at) },
};

/** Numbers that tensors view. */
export class Storage {
  readonly format: Format;
  readonly count: number;
  /** `count` numbers; where they are is known only after the pickle that names the storage. */
  bytes?: Uint8Array;

  constructor(format: Format, count: number) {
    this.format = format;
    this.count = count;
  }

  get byteLength(): number {
    return this.count * this.format.bytes;
  }
}

/** What a tensor sees of a storage: element (i, j, ...) is its number offset + i * strides[0] + j * strides[1] + ... */
export class TensorView {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: number[];
  readonly strides: number[];

  /** Takes whatever a pickle holds; see `isValid`. */
  constructor(storage: Storage, offset: unknown, shape: unknown, strides: unknown) {
    this.storage = storage;
    this.offset = offset as number;
    this.shape = shape as number[];
    this.strides = strides as number[];
  }

  /** Whether the view is made of whole numbers and every element lies within the storage. */
  isValid(): boolean {
    const { offset, shape, strides } = this;
    const count = elementCount(shape);
    if (Number.isNaN(count) || !Array.isArray(strides) || strides.length !== shape.length || ![offset, ...strides].every(isWhole))
      return false;
    const last = shape.reduce((index, size, i) => index + (size - 1) * strides[i], offset);
    return count === 0 || last < this.storage.count;
  }
}

/** Copies a valid view's elements out of `bytes`, those of its storage, in row-major order. */
export function readTensor({ storage, offset, shape, strides }: TensorView, bytes: Uint8Array): Tensor {
  const { format } = storage;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(elementCount(shape));
  let next = 0;
  const walk = (dimension: number, index: number): void => {
    if (dimension === shape.length) data[next++] = format.read(view, index * format.bytes);
    else for (let i = 0; i < shape[dimension]; i++) walk(dimension + 1, index + i * strides[dimension]);
  };
  if (data.length > 0) walk(0, offset);
  return { shape, data };
}

export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The upper half of a float32. */
function readBFloat16(view: DataView, at: number): number {
  word[0] = view.getUint16(at, true) << 16;
  return float[0];
}
