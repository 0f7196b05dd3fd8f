import { ModelError } from '../base/errors.ts';
import type { Network } from '../network/graph.ts';
import { parametersOf } from '../network/operations.ts';
import type { Tensor } from '../weights/tensor.ts';
import { randomFrom, type Random } from '../base/random.ts';

/** Standard deviation of the heads' weights (the authors' `nn.init.normal_(..., std=0.001)`). */
const HEAD_DEVIATION = 0.001;

/**
 * All parameters that a training begins with: those that `given` has in the same shape (heads may differ), the others
 * drawn: convolutions by He's rule for their outputs, heads small, batch norms neutral.
 *
 * @param label what messages call `given`
 * @returns the parameters, and how many of them were given
 * @throws ModelError if nothing of `given` fits, or a number of it is not finite
 */
export function initialise(
  network: Network,
  seed: number,
  given: ReadonlyMap<string, Tensor> = new Map(),
  label = 'initial weights',
): { tensors: Map<string, Tensor>; taken: number } {
  const parameters = parametersOf(network);
  const heads = new Set(network.layers.flatMap((layer) => (layer.op === 'convolution' && layer.norm === undefined ? [layer.name] : [])));
  const tensors = new Map<string, Tensor>();
  let taken = 0;
  for (const [index, { name, shape }] of parameters.entries()) {
    const start = given.get(name);
    if (start?.shape.join() === shape.join()) {
      if (!start.data.every(Number.isFinite)) throw new ModelError(`${label}: ${name} holds NaN or infinity: use an undamaged file`);
      tensors.set(name, start);
      taken++;
      continue;
    }
    const length = shape.reduce((product, size) => product * size, 1);
    const fanOut = length / (shape[1] ?? 1);
    const deviation = heads.has(name.replace(/\.weight$/, '')) ? HEAD_DEVIATION : Math.sqrt(2 / fanOut);
    const random = randomFrom(seed, index);
    const value = shape.length > 1 ? () => deviation * normal(random) : () => (/\.weight$|\.running_var$/.test(name) ? 1 : 0);
    tensors.set(name, { shape, data: Float32Array.from({ length }, value) });
  }
  if (given.size > 0 && taken === 0) {
    throw new ModelError(
      `${label}: none of its ${given.size} tensors (${[...given.keys()].slice(0, 3).join(', ')} ...) fits the network: is it for another backbone?`,
    );
  }
  return { tensors, taken };
}

/** Normally distributed (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
