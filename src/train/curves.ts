import { coordinate, curveClass, PAGE_WIDTH, svgPage } from '../base/svg.ts';
import type { EpochRecord } from './checkpoint.ts';

const LEFT = 76;
const WIDTH = PAGE_WIDTH - LEFT - 28;
const PANEL = { top: 64, height: 200, gap: 84 };
const MOST_TICKS = 10;

interface Panel {
  title: string;
  top: number;
  /** What the curves show, by label. */
  curves: { label: string; points: [epoch: number, value: number][] }[];
  format(value: number): string;
}

/** Loss and, where it was measured, NME over the epochs, as a self-contained SVG. */
export function curvesSvg(history: readonly EpochRecord[]): string {
  const of = (label: string, value: (record: EpochRecord) => number | undefined) => ({
    label,
    points: history.flatMap((record): [number, number][] => {
      const y = value(record);
      return y === undefined || !Number.isFinite(y) ? [] : [[record.epoch, y]];
    }),
  });
  const all: Panel[] = [
    { title: 'loss', top: PANEL.top, format: (value) => value.toPrecision(3), curves: [of('loss', ({ loss }) => loss)] },
    {
      title: 'NME on the validation list',
      top: PANEL.top + PANEL.height + PANEL.gap,
      format: (value) => `${(100 * value).toFixed(2)} %`,
      curves: [of('with NRM', ({ nme }) => nme), of('without NRM', ({ nmeWithoutNrm }) => nmeWithoutNrm)],
    },
  ];
  const panels = all.filter(({ curves }) => curves.some(({ points }) => points.length > 0));
  const epochs = Math.max(1, ...history.map(({ epoch }) => epoch));
  const height = PANEL.top + panels.length * (PANEL.height + PANEL.gap);
  return svgPage(
    'Training',
    height,
    LEFT,
    panels.flatMap((panel) => draw(panel, epochs)),
  );
}

function draw({ title, top, curves, format }: Panel, epochs: number): string[] {
  const bottom = top + PANEL.height;
  const values = curves.flatMap(({ points }) => points.map(([, value]) => value));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // Losses and errors fall by powers: on a logarithmic scale the end is as readable as the beginning.
  const logarithm = (value: number) => Math.log(Math.max(value, Number.MIN_VALUE));
  const span = logarithm(most) - logarithm(least) || 1;
  const x = (epoch: number) => coordinate(LEFT + (WIDTH * (epoch - 1)) / Math.max(1, epochs - 1));
  const y = (value: number) => coordinate(bottom - (PANEL.height * (logarithm(value) - logarithm(least))) / span);
  const every = Math.ceil(epochs / MOST_TICKS);
  const ticks = Array.from({ length: epochs }, (_, i) => i + 1).filter((epoch) => epoch === 1 || epoch % every === 0);
  const rows = [0, 1, 2, 3, 4].map((i) => Math.exp(logarithm(least) + (span * i) / 4));
  return [
    ...ticks.map(
      (epoch) =>
        `<path class="grid" d="M${x(epoch)} ${top}V${bottom}"/><text x="${x(epoch)}" y="${bottom + 20}" text-anchor="middle">${epoch}</text>`,
    ),
    ...rows.map(
      (value) =>
        `<path class="grid" d="M${LEFT} ${y(value)}H${LEFT + WIDTH}"/><text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${format(value)}</text>`,
    ),
    `<path class="axis" fill="none" d="M${LEFT} ${top}V${bottom}H${LEFT + WIDTH}"/>`,
    `<text class="label" x="${LEFT}" y="${top - 8}">${title}</text>`,
    `<text x="${LEFT + WIDTH / 2}" y="${bottom + 42}" text-anchor="middle">epoch</text>`,
    ...curves.flatMap(({ label, points }, i) => [
      `<path class="${curveClass(i)}" d="M${points.map(([epoch, value]) => `${x(epoch)} ${y(value)}`).join('L')}"/>`,
      ...(curves.length > 1
        ? [
            `<path class="${curveClass(i)}" d="M${LEFT + WIDTH - 240 + 130 * i} ${top - 12}h24"/><text x="${LEFT + WIDTH - 210 + 130 * i}" y="${top - 8}">${label}</text>`,
          ]
        : []),
    ]),
  ];
}
