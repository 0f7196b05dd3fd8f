/** Cache line, and more than a SIMD load needs. */
const ALIGNMENT = 64;

/** A block of the arena that is needed from step `first` to step `last`, both included. */
export interface Block {
  bytes: number;
  first: number;
  last: number;
}

export interface Plan {
  /** Offset of each block from the arena's base, in the order given. */
  offsets: number[];
  /** The arena's size: the peak. */
  bytes: number;
}

/**
 * Places blocks so that those alive at the same time don't overlap: the largest first, each at the lowest offset that
 * is free for its whole life (greedy by size; Pisarchyk, Lee 2020).
 */
export function planArena(blocks: Block[]): Plan {
  const offsets = new Array<number>(blocks.length).fill(0);
  const placed: number[] = [];
  let bytes = 0;
  const order = blocks.map((_, i) => i).sort((a, b) => blocks[b].bytes - blocks[a].bytes);
  for (const i of order) {
    const block = blocks[i];
    const size = align(block.bytes);
    const neighbours = placed
      .filter((j) => blocks[j].first <= block.last && block.first <= blocks[j].last)
      .sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const j of neighbours) {
      if (offset + size <= offsets[j]) break;
      offset = Math.max(offset, offsets[j] + align(blocks[j].bytes));
    }
    offsets[i] = offset;
    placed.push(i);
    bytes = Math.max(bytes, offset + size);
  }
  return { offsets, bytes };
}

/** The next multiple of the alignment. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
