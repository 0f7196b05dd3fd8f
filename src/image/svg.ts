// Faces as SVG, over a picture that the file holds.
import { coordinate, escapeXml } from '../base/svg.ts';
import type { Curve } from './curves.ts';
import { pixelOf } from './draw.ts';
import { marksOf, numberOf, type DrawnFace, type Mark } from './face-marks.ts';

/** A picture's size in pixels, its file as a `data:` URL, and what it is called. */
export interface SvgPicture {
  width: number;
  height: number;
  url: string;
  title: string;
}

/** The faces of a picture as an SVG file, a group each: drawn as `drawFaces` does, and sharp at any size. */
export function svgOfFaces(picture: SvgPicture, faces: readonly DrawnFace[]): string {
  const { width, height, url, title } = picture;
  const groups = faces.map((face, i) => {
    const marks = marksOf(face, numberOf(face, i, faces.length), pixelOf(picture));
    return [`<g id="face-${i + 1}">`, ...marks.map(element), '</g>'].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<image href="${escapeXml(url)}" width="${width}" height="${height}"/>`,
    // SVG counts from the corner of the first pixel, landmarks from its centre.
    '<g transform="translate(0.5 0.5)" fill="none" stroke-linecap="round" stroke-linejoin="round">',
    ...groups,
    '</g>',
    '</svg>\n',
  ].join('\n');
}

function element(mark: Mark): string {
  const paint = `rgb(${mark.colour.join()})`;
  const opacity = coordinate(mark.opacity);
  if (mark.kind === 'disc') {
    const { x, y } = mark.centre;
    return `<circle cx="${coordinate(x)}" cy="${coordinate(y)}" r="${coordinate(mark.radius)}" fill="${paint}" opacity="${opacity}"/>`;
  }
  return `<path d="${mark.curves.map(data).join('')}" stroke="${paint}" stroke-width="${coordinate(mark.width)}" opacity="${opacity}"/>`;
}

function data([first, ...rest]: Curve): string {
  const place = ({ x, y }: { x: number; y: number }) => `${coordinate(x)} ${coordinate(y)}`;
  return `M${place(first)}${rest.length > 0 ? `C${rest.map(place).join(' ')}` : ''}`;
}
