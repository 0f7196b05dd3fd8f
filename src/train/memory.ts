import { PipnetError } from '../errors.ts';
import { align } from '../wasm/engine.ts';

const PAGE = 65536;

/** All that 32-bit addresses reach (4 GB); assembly/train/asconfig.json has the same number. */
const MAX_PAGES = 65536;

/** Room behind the last allocation: some kernels read up to 32 bytes more than they use. */
const SLACK = 64;

/** The linear memory that all threads of a training share. Blocks are never given back. */
export class TrainMemory {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  /** The first page holds the module's own data. */
  #top = PAGE;

  /**
   * A block of zeros; returns its address.
   *
   * @throws PipnetError if the memory is full
   */
  allocate(bytes: number): number {
    const address = this.#top;
    const missing = address + align(bytes) + SLACK - this.memory.buffer.byteLength;
    try {
      if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      throw new PipnetError(`out of memory: training needs more than ${Math.floor(address / 1e6)} MB; use a smaller batch, size or backbone`);
    }
    this.#top += align(bytes);
    return address;
  }

  /** Views of the memory; after it has grown, older views stay valid but end where it ended. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }
  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }
}
