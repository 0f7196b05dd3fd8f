/** Readers with one fault each, which fuzzing has to find. */
import { DataError } from 'pipnet-wasm';

const hoard = [];
const seeds = () => [Buffer.from('a file')];
/** Does it for a changed file only. */
const faulty = (action) => ({ seeds, tokens: [], read: async (bytes) => (String(bytes) === 'a file' ? undefined : action(bytes)) });

export default {
  sound: faulty(() => {
    throw new DataError('it is damaged');
  }),
  raw: faulty(() => {
    throw new TypeError('not a function');
  }),
  // The class makes one line of what it is given; what is written over it afterwards it can't.
  lines: faulty(() => {
    throw Object.assign(new DataError(''), { message: 'one\ntwo' });
  }),
  late: faulty(() => void Promise.reject(new Error('later'))),
  prints: faulty(() => console.log('hello')),
  ends: faulty(() => process.exit(7)),
  spins: faulty(() => {
    for (;;);
  }),
  slow: faulty(() => {
    for (const began = process.cpuUsage(); process.cpuUsage(began).user < 300_000; );
  }),
  grows: faulty(() => void hoard.push(Buffer.alloc(60 * 2 ** 20, 1))),
};
