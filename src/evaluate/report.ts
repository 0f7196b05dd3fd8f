import { worstFaces, type Evaluation } from './evaluate.ts';

/** How many of the worst faces a report names. */
const WORST = 5;

const percent = (fraction: number, digits: number): string => (100 * fraction).toFixed(digits);

/**
 * An evaluation as a table for people: with NRM beside without NRM, then the faces that did worst.
 *
 * @param size side of the model's crops: the bias is told in their pixels too
 */
export function report(evaluation: Evaluation, size: number): string {
  const { merged, own } = evaluation;
  const bias = (fraction: number) => `${percent(fraction, 3)} (${(fraction * size).toFixed(2)})`;
  const rows = [
    ['', 'with NRM', 'without NRM'],
    ['NME %', percent(merged.nme, 3), percent(own.nme, 3)],
    ['FR10 %', percent(merged.failureRate, 2), percent(own.failureRate, 2)],
    ['AUC10', merged.auc.toFixed(4), own.auc.toFixed(4)],
    ...Object.keys(merged.groups).map((group) => [`${group} NME %`, percent(merged.groups[group], 3), percent(own.groups[group], 3)]),
    ['bias x % (px)', bias(merged.bias.x), bias(own.bias.x)],
    ['bias y % (px)', bias(merged.bias.y), bias(own.bias.y)],
  ];
  const worst = worstFaces(evaluation, WORST).map(
    ({ name, source, merged }) => `  ${percent(merged, 2).padStart(6)} %  ${name} (${source})`,
  );
  return [
    ...rows.map(([title, ...cells]) => title.padEnd(14) + cells.map((cell) => cell.padStart(15)).join('')),
    `bias: mean signed error, right and down, in units of the crop and pixels of ${size}`,
    'worst faces',
    ...worst,
  ].join('\n');
}
