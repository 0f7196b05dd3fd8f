import { ArgumentError } from '../base/errors.ts';
import { coordinate, curveClass, escapeXml, shorten, svgPage } from '../base/svg.ts';
import { mean } from '../base/statistics.ts';
import { areaUnderCurve, shareWithin, THRESHOLD } from './metrics.ts';

export interface Series {
  label: string;
  /** NME of each face, a fraction. */
  nmes: readonly number[];
}

export interface CurveOptions {
  title?: string;
}

const PLOT = { left: 76, top: 56, width: 536, height: 320 };
const LEGEND_TOP = PLOT.top + PLOT.height + 84;
const LEGEND_ROW = 24;

/** Points per curve: one per pixel and a half, so that the file stays small for any number of faces. */
const POINTS = 400;

/**
 * The cumulative error distribution (which share of the faces has at most this NME, from 0 to 10 %) of each series, as a
 * self-contained SVG.
 *
 * @throws ArgumentError for no series, one without faces, or an NME that is not finite
 */
export function curveSvg(series: readonly Series[], { title = 'Cumulative error distribution' }: CurveOptions = {}): string {
  if (series.length === 0) throw new ArgumentError('no series to draw: at least one is needed');
  const height = LEGEND_TOP + series.length * LEGEND_ROW + 4;
  return svgPage(title, height, PLOT.left, [
    ...grid(),
    ...series.map(({ nmes }, i) => `<path class="${curveClass(i)}" d="${path(nmes)}"/>`),
    ...series.flatMap((one, i) => legendRow(one, i)),
  ]);
}

/** Grid lines with their labels in percent, the axes over them, and the names of the axes. */
function grid(): string[] {
  const { left, top, width, height } = PLOT;
  const [right, bottom] = [left + width, top + height];
  const columns = [0, 2, 4, 6, 8, 10].map((percent) => {
    const x = coordinate(left + (width * percent) / (100 * THRESHOLD));
    return `<path class="grid" d="M${x} ${top}V${bottom}"/><text x="${x}" y="${bottom + 20}" text-anchor="middle">${percent} %</text>`;
  });
  const rows = [0, 20, 40, 60, 80, 100].map((percent) => {
    const y = coordinate(bottom - (height * percent) / 100);
    return `<path class="grid" d="M${left} ${y}H${right}"/><text x="${left - 8}" y="${y + 4}" text-anchor="end">${percent} %</text>`;
  });
  return [
    ...columns,
    ...rows,
    `<path class="axis" fill="none" d="M${left} ${top}V${bottom}H${right}"/>`,
    `<text x="${left + width / 2}" y="${bottom + 44}" text-anchor="middle">NME, at most</text>`,
    `<text transform="translate(22 ${top + height / 2})rotate(-90)" text-anchor="middle">share of faces</text>`,
  ];
}

function path(nmes: readonly number[]): string {
  const points = Array.from({ length: POINTS + 1 }, (_, i) => {
    const x = PLOT.left + (PLOT.width * i) / POINTS;
    const y = PLOT.top + PLOT.height * (1 - shareWithin(nmes, (THRESHOLD * i) / POINTS));
    return `${coordinate(x)} ${coordinate(y)}`;
  });
  return `M${points.join('L')}`;
}

function legendRow({ label, nmes }: Series, index: number): string[] {
  const y = LEGEND_TOP + index * LEGEND_ROW;
  const right = PLOT.left + PLOT.width;
  return [
    `<path class="${curveClass(index)}" d="M${PLOT.left} ${y - 4}h24"/>`,
    `<text class="label" x="${PLOT.left + 34}" y="${y}">${escapeXml(shorten(label))}</text>`,
    `<text x="${right - 104}" y="${y}" text-anchor="end">NME ${(100 * mean(nmes)).toFixed(2)} %</text>`,
    `<text x="${right}" y="${y}" text-anchor="end">AUC ${areaUnderCurve(nmes).toFixed(4)}</text>`,
  ];
}
