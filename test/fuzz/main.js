/** `npm run fuzz -- --help`: fuzzing for as long as wanted. */
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import FORMATS from './formats.js';
import { fuzz } from './fuzz.js';

const program = new Command('npm run fuzz --')
  .description('damaged files of every format through their readers')
  .option('--minutes <n>', 'for all formats together', Number, 1)
  .option('--seed <n>', 'another seed gives other cases', Number, 1)
  .addOption(new Option('--format <name...>', 'only these').choices(Object.keys(FORMATS)))
  .option('--case <n>', 'this case of --format alone', Number)
  .option('--jobs <n>', 'processes at a time', Number, availableParallelism())
  .option('--faults <folder>', 'where the inputs of faults are written to', 'fuzz-faults.tmp')
  .parse();
const { minutes, seed, format: formats = Object.keys(FORMATS), case: only, jobs, faults } = program.opts();

const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
row('format', 'cases', 'read', 'refused', 'slowest case, CPU', 'most memory added', 'faults');
row('---', '--:', '--:', '--:', '--:', '--:', '--:');
const results = await fuzz({
  formats,
  seed,
  jobs,
  faults,
  seconds: minutes * 60,
  ...(only === undefined ? {} : { first: only, most: 1 }),
  onFault: ({ format, number, reason, file }) =>
    console.error(
      `FAULT ${format}, case ${number}: ${reason}\n  input: ${file}\n  again: npm run fuzz -- --format ${format} --seed ${seed} --case ${number}`,
    ),
  onResult: ({ format, cases, read, refused, faulty, slowest, largest }) =>
    row(format, cases, read, refused, `${slowest.toFixed(0)} ms`, `${(largest / 2 ** 20).toFixed(0)} MiB`, faulty),
});
const total = (of) => results.reduce((sum, result) => sum + of(result), 0);
row(
  'all',
  total(({ cases }) => cases),
  total(({ read }) => read),
  total(({ refused }) => refused),
  '',
  '',
  total(({ faulty }) => faulty),
);
process.exitCode = total(({ faulty }) => faulty) > 0 ? 1 : 0;
