import { ArgumentError } from '../errors.ts';
import { areaUnderCurve, mean, shareWithin, THRESHOLD } from './metrics.ts';

export interface Series {
  label: string;
  /** NME of each face, a fraction. */
  nmes: readonly number[];
}

export interface CurveOptions {
  title?: string;
}

const WIDTH = 640;
const PLOT = { left: 76, top: 56, width: 536, height: 320 };
const LEGEND_TOP = PLOT.top + PLOT.height + 84;
const LEGEND_ROW = 24;
const LONGEST_LABEL = 48;

/** Points per curve: one per pixel and a half, so that the file stays small for any number of faces. */
const POINTS = 400;

/** Colours that the colour-blind tell apart (Okabe and Ito 2008), and their like for dark pages. */
const LIGHT = ['#0072b2', '#d55e00', '#009e73', '#b0578d', '#8a7400', '#2f9fd8'];
const DARK = ['#56b4e9', '#f08a3c', '#2ec4a0', '#e59cc5', '#f0e442', '#9ad0f5'];

/**
 * The cumulative error distribution (which share of the faces has at most this NME, from 0 to 10 %) of each series, as a
 * self-contained SVG. It carries its own background, and dark colours where the reader prefers them.
 *
 * @throws ArgumentError for no series, one without faces, or an NME that is not finite
 */
export function curveSvg(series: readonly Series[], { title = 'Cumulative error distribution' }: CurveOptions = {}): string {
  if (series.length === 0) throw new ArgumentError('no series to draw: at least one is needed');
  const height = LEGEND_TOP + series.length * LEGEND_ROW + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${style()}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="8"/>`,
    `<text class="title" x="${PLOT.left}" y="32">${escapeXml(shorten(title))}</text>`,
    ...grid(),
    ...series.map(({ nmes }, i) => `<path class="curve c${i % LIGHT.length}" d="${path(nmes)}"/>`),
    ...series.flatMap((one, i) => legendRow(one, i)),
    '</svg>\n',
  ].join('\n');
}

function style(): string {
  const colours = (page: string, ink: string, faint: string, line: string, curves: string[]) =>
    `.page{fill:${page}}text{fill:${faint}}.title,.label{fill:${ink}}.grid{stroke:${line}}.axis{stroke:${faint}}` +
    curves.map((colour, i) => `.c${i}{stroke:${colour}}`).join('');
  return (
    'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}' +
    '.title{font-size:16px;font-weight:600}.grid,.axis{stroke-width:1}.curve{fill:none;stroke-width:2.25;stroke-linejoin:round}' +
    colours('#ffffff', '#1f2328', '#59636e', '#e4e8ec', LIGHT) +
    `@media(prefers-color-scheme:dark){${colours('#0d1117', '#f0f6fc', '#9198a1', '#262c34', DARK)}}`
  );
}

/** Grid lines with their labels in percent, the axes over them, and the names of the axes. */
function grid(): string[] {
  const { left, top, width, height } = PLOT;
  const [right, bottom] = [left + width, top + height];
  const columns = [0, 2, 4, 6, 8, 10].map((percent) => {
    const x = place(left + (width * percent) / (100 * THRESHOLD));
    return `<path class="grid" d="M${x} ${top}V${bottom}"/><text x="${x}" y="${bottom + 20}" text-anchor="middle">${percent} %</text>`;
  });
  const rows = [0, 20, 40, 60, 80, 100].map((percent) => {
    const y = place(bottom - (height * percent) / 100);
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
    return `${place(x)} ${place(y)}`;
  });
  return `M${points.join('L')}`;
}

function legendRow({ label, nmes }: Series, index: number): string[] {
  const y = LEGEND_TOP + index * LEGEND_ROW;
  const right = PLOT.left + PLOT.width;
  return [
    `<path class="curve c${index % LIGHT.length}" d="M${PLOT.left} ${y - 4}h24"/>`,
    `<text class="label" x="${PLOT.left + 34}" y="${y}">${escapeXml(shorten(label))}</text>`,
    `<text x="${right - 104}" y="${y}" text-anchor="end">NME ${(100 * mean(nmes)).toFixed(2)} %</text>`,
    `<text x="${right}" y="${y}" text-anchor="end">AUC ${areaUnderCurve(nmes).toFixed(4)}</text>`,
  ];
}

function place(pixels: number): number {
  return Math.round(100 * pixels) / 100;
}

function shorten(text: string): string {
  const letters = [...text];
  return letters.length <= LONGEST_LABEL ? text : `${letters.slice(0, LONGEST_LABEL - 1).join('')}…`;
}

/** Makes any text safe in XML; control characters, which XML can't hold at all, become U+FFFD. */
function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd').replace(/[&<>"']/g, (letter) => entities[letter]);
}
