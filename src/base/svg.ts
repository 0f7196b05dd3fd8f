/** What our drawings share: a page that is readable on light and dark ground, and text that is safe in XML. */

export const PAGE_WIDTH = 640;

/** Colours that the colour-blind tell apart (Okabe and Ito 2008), and their like for dark pages. */
const LIGHT = ['#0072b2', '#d55e00', '#009e73', '#b0578d', '#8a7400', '#2f9fd8'];
const DARK = ['#56b4e9', '#f08a3c', '#2ec4a0', '#e59cc5', '#f0e442', '#9ad0f5'];

const LONGEST_LABEL = 48;

/** A self-contained SVG: its own background, and dark colours where the reader prefers them. */
export function svgPage(title: string, height: number, titleLeft: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PAGE_WIDTH} ${height}" width="${PAGE_WIDTH}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${style()}</style>`,
    `<rect class="page" width="${PAGE_WIDTH}" height="${height}" rx="8"/>`,
    `<text class="title" x="${titleLeft}" y="32">${escapeXml(shorten(title))}</text>`,
    ...body,
    '</svg>\n',
  ].join('\n');
}

/** Class of the n-th curve, which gives it its colour. */
export function curveClass(index: number): string {
  return `curve c${index % LIGHT.length}`;
}

export function coordinate(pixels: number): number {
  return Math.round(100 * pixels) / 100;
}

export function shorten(text: string): string {
  const letters = [...text];
  return letters.length <= LONGEST_LABEL ? text : `${letters.slice(0, LONGEST_LABEL - 1).join('')}…`;
}

/** Makes any text safe in XML, also in attributes; control characters, which XML can't hold at all, become U+FFFD. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, (letter) => entities[letter])
    .replace(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
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
