/** The cases of a format: the same for the same seed and number, whenever and wherever they are made. */
import { randomFrom } from '../../dist/base/random.js';
import { crc32 } from '../../dist/base/crc32.js';
import { mutate } from './mutate.js';

/**
 * @param {string} name the format's
 * @param {import('./formats.js').Format} format
 * @returns {(number: number) => Buffer}
 */
export function casesOf(name, { seeds: seedsOf, tokens, repair }, seed) {
  const seeds = seedsOf();
  return (number) => {
    const random = randomFrom(seed, crc32(Buffer.from(name)), number);
    const mutant = mutate(seeds[Math.floor(random() * seeds.length)], seeds, tokens, random);
    return repair && random() < 0.7 ? repair(Buffer.from(mutant)) : mutant;
  };
}
