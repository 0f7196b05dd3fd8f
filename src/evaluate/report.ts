import { worstFaces, type Evaluation } from './evaluate.ts';

/** How many of the worst faces a report names. */
const WORST = 5;

const percent = (fraction: number, digits: number): string => (100 * fraction).toFixed(digits);

/** An evaluation as a table for people: with NRM beside without NRM, then the faces that did worst. */
export function report(evaluation: Evaluation): string {
  const { merged, own } = evaluation;
  const rows = [
    ['', 'with NRM', 'without NRM'],
    ['NME %', percent(merged.nme, 3), percent(own.nme, 3)],
    ['FR10 %', percent(merged.failureRate, 2), percent(own.failureRate, 2)],
    ['AUC10', merged.auc.toFixed(4), own.auc.toFixed(4)],
    ...Object.keys(merged.groups).map((group) => [`${group} NME %`, percent(merged.groups[group], 3), percent(own.groups[group], 3)]),
  ];
  const worst = worstFaces(evaluation, WORST).map(
    ({ name, source, merged }) => `  ${percent(merged, 2).padStart(6)} %  ${name} (${source})`,
  );
  return [
    ...rows.map(([title, ...cells]) => title.padEnd(14) + cells.map((cell) => cell.padStart(13)).join('')),
    'worst faces',
    ...worst,
  ].join('\n');
}
