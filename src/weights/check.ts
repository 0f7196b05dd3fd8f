import { ModelError } from '../base/errors.ts';
import type { Parameter } from '../network/operations.ts';
import { quote } from '../base/quote.ts';
import type { Tensor } from './tensor.ts';

/** How many parameters a message names before it only counts the rest. */
const MAX_NAMED = 6;

/**
 * Compares the tensors of a file with the parameters of the network that it should hold.
 *
 * @throws ModelError that names what is missing, unexpected, of another shape, or not finite
 */
export function checkParameters(parameters: readonly Parameter[], tensors: ReadonlyMap<string, Tensor>, label = 'model'): void {
  const missing: string[] = [];
  const misshapen: string[] = [];
  const unexpected = new Set(tensors.keys());
  for (const { name, shape } of parameters) {
    unexpected.delete(name);
    const found = tensors.get(name)?.shape;
    if (!found) missing.push(name);
    else if (found.join() !== shape.join()) misshapen.push(`${name} (${found.join('x') || 'a scalar'} instead of ${shape.join('x')})`);
  }
  const misfits = [list('missing', missing), list('unexpected', [...unexpected].map(unquoted)), list('of another shape', misshapen)];
  if (misfits.some(Boolean)) {
    const hint = 'is it for another backbone, stride, or number of landmarks or neighbours?';
    throw new ModelError(`${label}: the parameters don't fit the network: ${misfits.filter(Boolean).join('; ')}: ${hint}`);
  }

  const broken = [...tensors].filter(([, { data }]) => !allFinite(data)).map(([name]) => name);
  const negative = [...tensors]
    .filter(([name, { data }]) => name.endsWith('.running_var') && data.some((value) => value < 0))
    .map(([name]) => name);
  const flaws = [list('with NaN or infinity', broken), list('with negative variances', negative)].filter(Boolean);
  if (flaws.length > 0) throw new ModelError(`${label}: damaged, or its training diverged: parameters ${flaws.join('; ')}`);
}

/** Ten times as fast as `every`, which counts when a model is loaded: NaN and infinities times 0 are NaN, which stays. */
function allFinite(data: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] * 0;
  return sum === 0;
}

/** "2 missing: a, b"; empty where there are none. */
function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length - MAX_NAMED;
  return `${names.length} ${what}: ${names.slice(0, MAX_NAMED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function unquoted(name: string): string {
  return quote(name).slice(1, -1);
}
