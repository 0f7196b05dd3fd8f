/**
 * Results as a bar chart: `node bench/chart.js bench/results/<name>.json > chart.svg`. One panel per network, each with its
 * own scale; bars are medians, lines reach from p10 to p95. Less is better.
 */
import { readFileSync } from 'node:fs';
import { TITLES } from './report.js';

const WIDTH = 720;
const MARGIN = 24;
const BARS = { left: 230, width: 400 };
const ROW = 22;
const BAR = 14;
const PANEL_HEAD = 44;

/** Ours and theirs; colours that the colour-blind tell apart (Okabe and Ito 2008), and their like for dark pages. */
const LIGHT = { page: '#ffffff', ink: '#1f2328', faint: '#59636e', ours: '#0072b2', theirs: '#b6bec7', range: '#59636e' };
const DARK = { page: '#0d1117', ink: '#f0f6fc', faint: '#9198a1', ours: '#56b4e9', theirs: '#484f58', range: '#9198a1' };

const results = JSON.parse(readFileSync(process.argv[2], 'utf8'));
process.stdout.write(chart(results));

function chart({ cases, cpu, node }) {
  const body = [];
  let y = MARGIN;
  for (const { name, size, rows } of cases.filter(({ size }) => size !== undefined)) {
    body.push(...panel(`${TITLES[name]}, ${size}x${size}: ms per run`, rows, y));
    y += PANEL_HEAD + rows.length * ROW;
  }
  body.push(`<text x="${MARGIN}" y="${y + 20}">Node ${node.slice(1)}, ${escapeXml(cpu)}; less is better; lines from p10 to p95</text>`);
  const height = y + 20 + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>Milliseconds per run, pipnet-wasm and other engines</title>',
    `<style>${style()}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="8"/>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

function panel(title, rows, top) {
  const longest = Math.max(...rows.map(({ p95 }) => p95));
  const length = (ms) => Math.round((BARS.width * ms) / longest);
  return [
    `<text class="title" x="${MARGIN}" y="${top + 20}">${title}</text>`,
    ...rows.map(({ contestant, ours, median, p10, p95 }, i) => {
      const y = top + PANEL_HEAD - 12 + i * ROW;
      const middle = y + BAR / 2;
      return [
        `<text class="label" x="${BARS.left - 10}" y="${y + 11}" text-anchor="end">${escapeXml(contestant)}</text>`,
        `<rect class="${ours ? 'ours' : 'theirs'}" x="${BARS.left}" y="${y}" width="${length(median)}" height="${BAR}" rx="2"/>`,
        `<path class="range" d="M${BARS.left + length(p10)} ${middle}H${BARS.left + length(p95)}"/>`,
        `<text x="${BARS.left + length(p95) + 8}" y="${y + 11}">${median.toFixed(median < 100 ? 1 : 0)}</text>`,
      ].join('');
    }),
  ];
}

function style() {
  const colours = ({ page, ink, faint, ours, theirs, range }) =>
    `.page{fill:${page}}text{fill:${faint}}.title,.label{fill:${ink}}.ours{fill:${ours}}.theirs{fill:${theirs}}.range{stroke:${range}}`;
  return (
    'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}.title{font-size:15px;font-weight:600}' +
    `${colours(LIGHT)}@media(prefers-color-scheme:dark){${colours(DARK)}}`
  );
}

function escapeXml(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
