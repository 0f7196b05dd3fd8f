/** Milliseconds against NME, each model a dot: the lower left corner is where one wants to be. */
import { escapeXml, PAGE_WIDTH, svgPage } from '../../dist/base/svg.js';

const PLOT = { left: 64, right: PAGE_WIDTH - 32, top: 64, bottom: 372 };
const HEIGHT = 440;
const MILLISECONDS = [1, 2, 5, 10, 20, 50, 100];
const NME_STEP = 0.5;

/** @param {{ node: string, cpu: string, rows: { contestant: string, ours: boolean, median: number, all: number }[] }} results */
export function frontChart({ node, cpu, rows }) {
  const nmes = rows.map(({ all }) => 100 * all);
  const [low, high] = [Math.floor(Math.min(...nmes) / NME_STEP) * NME_STEP, Math.ceil(Math.max(...nmes) / NME_STEP) * NME_STEP];
  const [first, last] = [Math.min(...rows.map(({ median }) => median)) / 1.5, Math.max(...rows.map(({ median }) => median)) * 1.5];
  const x = (ms) => PLOT.left + ((PLOT.right - PLOT.left) * Math.log(ms / first)) / Math.log(last / first);
  const y = (nme) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * (nme - low)) / (high - low);
  const body = [];
  for (const ms of MILLISECONDS.filter((ms) => ms >= first && ms <= last)) {
    body.push(`<path class="grid" d="M${x(ms).toFixed(1)} ${PLOT.top}V${PLOT.bottom}"/>`);
    body.push(`<text x="${x(ms).toFixed(1)}" y="${PLOT.bottom + 20}" text-anchor="middle">${ms}</text>`);
  }
  for (let nme = low; nme <= high; nme += NME_STEP) {
    body.push(`<path class="grid" d="M${PLOT.left} ${y(nme).toFixed(1)}H${PLOT.right}"/>`);
    body.push(`<text x="${PLOT.left - 8}" y="${(y(nme) + 4).toFixed(1)}" text-anchor="end">${nme.toFixed(1)}</text>`);
  }
  for (const { contestant, ours, median, all } of rows) {
    const [cx, cy] = [x(median).toFixed(1), y(100 * all).toFixed(1)];
    const end = cx > (PLOT.left + PLOT.right) * 0.6;
    body.push(`<circle class="curve c${ours ? 0 : 1}" cx="${cx}" cy="${cy}" r="5"/>`);
    body.push(
      `<text class="label" x="${Number(cx) + (end ? -10 : 10)}" y="${Number(cy) + (end ? 22 : -8)}"${end ? ' text-anchor="end"' : ''}>${escapeXml(contestant)}</text>`,
    );
  }
  body.push(`<text x="${PLOT.left}" y="${PLOT.top - 12}">NME, % of the distance between the eyes</text>`);
  body.push(
    `<text x="${PLOT.left}" y="${PLOT.bottom + 44}">ms a face, one thread; Node ${escapeXml(node.slice(1))}, ${escapeXml(cpu)}</text>`,
  );
  return svgPage('Landmark models: time against error', HEIGHT, PLOT.left, body);
}
