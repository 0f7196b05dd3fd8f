import { ArgumentError, DataError } from '../base/errors.ts';
import type { Batch, BatchSource } from '../base/batch.ts';

/**
 * Batches that hold faces of two sources, such as labelled and pseudo-labelled ones: each is a batch of the first and one
 * of the second, so their batch sizes are the ratio (see `shareBatch`), evenly mixed, so that threads that share a batch
 * see both. Each epoch takes as many batches of both as it needs: a part of a new pass, or several passes.
 *
 * `indices` of the second source are counted on from the first's `samples`. Disposing the mixture disposes both.
 *
 * @param batches batches an epoch
 * @throws DataError if their landmarks differ in number
 */
export function mixBatches(first: BatchSource, second: BatchSource, batches: number): BatchSource {
  if (first.landmarks !== second.landmarks) {
    throw new DataError(`faces with ${first.landmarks} landmarks can't be mixed with faces with ${second.landmarks}`);
  }
  return {
    landmarks: first.landmarks,
    samples: first.samples + second.samples,
    batches,
    async *epoch(epoch, size) {
      const [ones, others] = [first, second].map((source) => endless(source, epoch, batches, size));
      try {
        for (let i = 0; i < batches; i++) {
          const [one, other] = await Promise.all([ones.next(), others.next()]);
          yield joined(one.value as Batch, other.value as Batch, first.samples);
        }
      } finally {
        await Promise.all([ones.return(undefined), others.return(undefined)]);
      }
    },
    async dispose() {
      await Promise.all([first.dispose(), second.dispose()]);
    },
  };
}

/**
 * Splits a batch in a ratio: faces of the first source and of the second, at least one of each.
 *
 * @param share of the first source, between 0 and 1
 */
export function shareBatch(batch: number, share: number): [number, number] {
  if (!(batch >= 2 && share > 0 && share < 1))
    throw new ArgumentError(
      `a batch of ${batch} can't be shared as ${share} to ${1 - share}: give 2 faces or more and a share between 0 and 1`,
    );
  const first = Math.min(batch - 1, Math.max(1, Math.round(batch * share)));
  return [first, batch - first];
}

/** Epoch after epoch of a source; which, depends on the number of the mixed epoch only. */
async function* endless(source: BatchSource, epoch: number, batches: number, size: number | undefined): AsyncGenerator<Batch> {
  const passes = Math.ceil(batches / source.batches);
  for (let pass = 0; ; pass++) yield* source.epoch(epoch * passes + pass, size);
}

function joined(first: Batch, second: Batch, offset: number): Batch {
  const [ones, others] = [first.indices.length, second.indices.length];
  // Where in its source's batch each sample is, by how much of that batch lies before it.
  const order = [
    ...Array.from({ length: ones }, (_, i) => ({ batch: first, i, place: (i + 0.5) / ones, offset: 0 })),
    ...Array.from({ length: others }, (_, i) => ({ batch: second, i, place: (i + 0.5) / others, offset })),
  ].sort((a, b) => a.place - b.place);
  const floats = (of: (batch: Batch) => Float32Array) => {
    const length = of(first).length / ones;
    const out = new Float32Array(length * order.length);
    order.forEach(({ batch, i }, at) => out.set(of(batch).subarray(i * length, (i + 1) * length), at * length));
    return out;
  };
  return {
    images: floats(({ images }) => images),
    points: floats(({ points }) => points),
    indices: Int32Array.from(order, ({ batch, i, offset }) => batch.indices[i] + offset),
  };
}
