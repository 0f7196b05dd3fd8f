/**
 * Pictures for a detector to learn from: one to sixteen parts of photographs, each turned, scaled and mirrored, side by side
 * on a background (mosaics: Bochkovskiy et al. 2020), so that faces have every size and angle; then what cameras do.
 *
 * A face turned by an angle keeps its five points exactly. Its box is that of a rectangle of w x h in the face's own frame:
 * the centre turns along, and at the roll r the box has w cos² r + h sin² r columns and h cos² r + w sin² r rows. So a face on
 * its side has an exact box, and one in between a box that is not larger. Boxes are of whole faces, also where the picture
 * ends before.
 */
import { type DetectionBatch, type LabelledFace, rollOf } from '../base/detection.ts';
import type { Affine } from '../base/affine.ts';
import { sharedArea } from '../base/boxes.ts';
import { DegradeScratch, degrade } from './degrade.ts';
import { blur, clampByte, normalise, recolour } from './filters.ts';
import { between, type Random, randomFrom, shuffled } from '../base/random.ts';

/** A photograph in memory that threads share, with halves of its size for parts that are shrunk. */
export interface ScenePicture {
  /** [height, width, 3] bytes of each level; each is half as large as the one before. */
  levels: { data: Uint8Array; width: number; height: number }[];
  faces: readonly LabelledFace[];
}

export interface SceneSetup {
  pictures: readonly ScenePicture[];
  size: number;
  seed: number;
  mean: readonly number[];
  std: readonly number[];
}

export interface SceneJob {
  epoch: number;
  /** Number of the batch's first picture in its epoch, and which photographs the pictures are about. */
  first: number;
  indices: Int32Array;
}

/** Faces of fewer pixels than this are not learned, of fewer than that neither seen as background. */
const LEAST_FACE = 11;
const LEAST_SEEN = 5;

/** Share of a face's box that must be in the picture for it to be learned, and for it to be neither face nor background. */
const SEEN = 0.6;
const HINTED = 0.15;

/** Mosaics: parts along either side, how often. */
const GRIDS: [number, number][] = [
  [1, 0.5],
  [2, 0.85],
  [4, 1],
];

/** Share of parts that are turned by any angle; the others only by what a person's neck does. */
const TURNED = 0.55;
const NECK = 0.2;

/** Share of parts about a face that gets a size of its own; the others show a photograph about as large as it is, with its small faces as it has them. */
const SIZED = 0.75;

/** Where a mirrored face's points come from. */
const FLIP = [1, 0, 2, 4, 3];

interface Tile {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export class SceneRenderer {
  readonly #setup: SceneSetup;
  readonly #withoutFaces: number[];
  readonly #scratch: Float32Array;
  readonly #degradeScratch: DegradeScratch;

  constructor(setup: SceneSetup) {
    this.#setup = setup;
    this.#withoutFaces = setup.pictures.flatMap(({ faces }, i) => (faces.length === 0 ? [i] : []));
    this.#scratch = new Float32Array(setup.size * setup.size * 3);
    this.#degradeScratch = new DegradeScratch(setup.size);
  }

  async render({ epoch, first, indices }: SceneJob): Promise<DetectionBatch> {
    const { size, seed } = this.#setup;
    const pixels = size * size * 3;
    const images = new Float32Array(indices.length * pixels);
    const faces: number[] = [];
    indices.forEach((index, i) => {
      const random = randomFrom(seed, epoch, first + i);
      for (const face of this.#draw(images.subarray(i * pixels, (i + 1) * pixels), index, random)) faces.push(i, ...face);
    });
    return { images, faces: Float32Array.from(faces) };
  }

  /** @returns the faces' numbers without the first */
  #draw(image: Float32Array, index: number, random: Random): number[][] {
    const { pictures, size, mean, std } = this.#setup;
    this.#drawBackground(image, random);
    const dice = random();
    const [grid] = GRIDS.find(([, until]) => dice < until)!;
    const found: number[][] = [];
    for (const [i, tile] of tilesOf(grid, size, random).entries()) {
      const chosen = i === 0 ? index : Math.floor(random() * pictures.length);
      this.#drawTile(image, tile, pictures[chosen], random, found);
    }
    this.#change(image, random, found);
    normalise(image, mean, std);
    return found;
  }

  #drawBackground(image: Float32Array, random: Random): void {
    const { pictures, size } = this.#setup;
    const colour = [random() * 255, random() * 255, random() * 255];
    for (let p = 0; p < image.length; p++) image[p] = colour[p % 3];
    const chosen = this.#withoutFaces[Math.floor(random() * this.#withoutFaces.length)];
    if (chosen === undefined || random() < 0.2) return;
    const { width, height } = pictures[chosen].levels[0];
    const scale = (Math.min(width, height) / size) * between(random, 0.5, 1);
    const [x, y] = [random() * (width - scale * size), random() * (height - scale * size)];
    draw(image, size, { x0: 0, y0: 0, x1: size, y1: size }, pictures[chosen], { a: scale, b: 0, c: x, d: 0, e: scale, f: y });
  }

  #drawTile(image: Float32Array, tile: Tile, picture: ScenePicture, random: Random, found: number[][]): void {
    const { size } = this.#setup;
    const [width, height] = [tile.x1 - tile.x0, tile.y1 - tile.y0];
    if (width < 16 || height < 16) return;
    const angle = random() < TURNED ? random() * 2 * Math.PI : between(random, -NECK, NECK);
    const flip = random() < 0.5;
    const { levels, faces } = picture;
    const side = Math.min(width, height);
    const sure = faces.filter(({ certain }) => certain);
    // About one of the faces, or about any place.
    const face = sure.length > 0 && random() < SIZED ? sure[Math.floor(random() * sure.length)] : undefined;
    const most = random() < 0.15 ? 1.25 * side : 0.85 * side;
    const wanted = face && LEAST_FACE * (Math.max(most, 2 * LEAST_FACE) / LEAST_FACE) ** random();
    const scale =
      face && wanted
        ? Math.sqrt(face.box.width * face.box.height) / wanted
        : (Math.min(levels[0].width, levels[0].height) / side) * between(random, 0.4, 1.2);
    const centre = face
      ? [face.box.x + face.box.width / 2, face.box.y + face.box.height / 2]
      : [levels[0].width * between(random, 0.3, 0.7), levels[0].height * between(random, 0.3, 0.7)];
    // Mostly where the whole face is in the part.
    const margin = Math.min(0.5, (wanted ?? 0) / 2 / side) * between(random, 0.5, 1);
    const u = tile.x0 + width * between(random, margin, 1 - margin);
    const v = tile.y0 + height * between(random, margin, 1 - margin);
    const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
    const mirror = flip ? -1 : 1;
    const grid: Affine = { a: cos * mirror, b: -sin * mirror, c: 0, d: sin, e: cos, f: 0 };
    grid.c = centre[0] - grid.a * u - grid.b * v;
    grid.f = centre[1] - grid.d * u - grid.e * v;
    draw(image, size, tile, picture, grid);
    for (const each of faces) {
      const placed = placeFace(each, grid, flip, tile);
      if (placed) found.push(placed);
    }
  }

  /** What is in front of faces, light, lens, noise, few pixels and compression, in the order in which a camera does it. */
  #change(image: Float32Array, random: Random, found: readonly number[][]): void {
    const { size } = this.#setup;
    for (const face of found) if (random() < 0.12) occlude(image, size, face, random);
    if (random() < 0.5) {
      const saturation = random() < 0.3 ? 0 : between(random, 0.6, 1.4);
      recolour(image, { saturation, contrast: between(random, 0.6, 1.4), brightness: between(random, 0.6, 1.4) });
    }
    if (random() < 0.3) {
      const power = 4.5 ** between(random, -0.5, 1);
      for (let p = 0; p < image.length; p++) image[p] = 255 * (image[p] / 255) ** power;
    }
    const least = found.reduce((side, [certain, , , width]) => (certain ? Math.min(side, width) : side), size / 4);
    if (random() < 0.25) blur(image, size, random() * Math.min(0.06 * least, 8), this.#scratch);
    if (random() < 0.15) {
      const deviation = between(random, 2, 18);
      for (let p = 0; p < image.length; p++) image[p] = clampByte(image[p] + deviation * (random() + random() + random() - 1.5) * 2);
    }
    if (random() < 0.25)
      degrade(
        image,
        size,
        { shrink: least > 30 ? between(random, 1, Math.min(3, least / 15)) : 1, quality: between(random, 8, 80) },
        this.#degradeScratch,
      );
  }
}

/** Parts of the canvas; those of two by two meet anywhere. */
function tilesOf(grid: number, size: number, random: Random): Tile[] {
  if (grid === 1) return [{ x0: 0, y0: 0, x1: size, y1: size }];
  const cuts = () => [
    0,
    ...Array.from({ length: grid - 1 }, (_, i) => Math.round((size * (i + 1 + between(random, -0.3, 0.3))) / grid)),
    size,
  ];
  const [xs, ys] = [cuts(), cuts()];
  const tiles = Array.from({ length: grid * grid }, (_, i) => {
    const [row, column] = [Math.floor(i / grid), i % grid];
    return { x0: xs[column], x1: xs[column + 1], y0: ys[row], y1: ys[row + 1] };
  });
  return Array.from(shuffled(tiles.length, random), (i) => tiles[i]);
}

/**
 * Draws what a photograph has for a part of the canvas; the rest stays.
 *
 * @param grid from canvas to photograph, both in pixels counted from the corner
 */
function draw(image: Float32Array, size: number, { x0, y0, x1, y1 }: Tile, { levels }: ScenePicture, grid: Affine): void {
  const shrink = Math.hypot(grid.a, grid.d);
  const level = Math.min(levels.length - 1, Math.max(0, Math.floor(Math.log2(shrink / 1.2))));
  const { data, width, height } = levels[level];
  const unit = 2 ** -level;
  const [dx, dy] = [grid.a * unit, grid.d * unit];
  const row = 3 * width;
  for (let v = y0; v < y1; v++) {
    let x = (grid.a * (x0 + 0.5) + grid.b * (v + 0.5) + grid.c) * unit - 0.5;
    let y = (grid.d * (x0 + 0.5) + grid.e * (v + 0.5) + grid.f) * unit - 0.5;
    let at = (v * size + x0) * 3;
    for (let u = x0; u < x1; u++, at += 3, x += dx, y += dy) {
      const left = Math.floor(x);
      const top = Math.floor(y);
      if (left < 0 || top < 0 || left >= width - 1 || top >= height - 1) continue;
      const right = x - left;
      const below = y - top;
      const p = (top * width + left) * 3;
      const q = p + row;
      for (let channel = 0; channel < 3; channel++) {
        const above = data[p + channel] + right * (data[p + 3 + channel] - data[p + channel]);
        const under = data[q + channel] + right * (data[q + 3 + channel] - data[q + channel]);
        image[at + channel] = above + below * (under - above);
      }
    }
  }
}

/** Width and height of a face at the roll `from`, turned to the roll `to`. */
export function turnSize(width: number, height: number, from: number, to: number): [number, number] {
  const sum = width + height;
  // At 45 degrees the box is square and tells nothing of the face's shape: then as usual.
  const cosine = Math.cos(2 * from);
  const difference = Math.abs(cosine) > 0.4 ? Math.min(0.1, Math.max(-0.3, (width - height) / sum / cosine)) : -0.14;
  const turned = difference * Math.cos(2 * to);
  return [(sum / 2) * (1 + turned), (sum / 2) * (1 - turned)];
}

/** A face's numbers on the canvas, but for which picture; undefined where nothing is left of it. */
function placeFace({ box, points, certain }: LabelledFace, grid: Affine, flip: boolean, tile: Tile): number[] | undefined {
  const determinant = grid.a * grid.e - grid.b * grid.d;
  const back = (x: number, y: number): [number, number] => [
    (grid.e * (x - grid.c) - grid.b * (y - grid.f)) / determinant,
    (grid.a * (y - grid.f) - grid.d * (x - grid.c)) / determinant,
  ];
  const placed = Array.from({ length: 5 }, (_, i) => {
    const from = flip ? FLIP[i] : i;
    return back(points[2 * from], points[2 * from + 1]);
  }).flat();
  const scale = 1 / Math.hypot(grid.a, grid.d);
  const [width, height] = turnSize(box.width * scale, box.height * scale, rollOf(points), rollOf(placed));
  const [cx, cy] = back(box.x + box.width / 2, box.y + box.height / 2);
  const [x, y] = [cx - width / 2, cy - height / 2];
  const seen =
    sharedArea({ x, y, width, height }, { x: tile.x0, y: tile.y0, width: tile.x1 - tile.x0, height: tile.y1 - tile.y0 }) / (width * height);
  const side = Math.sqrt(width * height);
  if (side < LEAST_SEEN || seen < HINTED) return undefined;
  const isCertain = certain && side >= LEAST_FACE && seen >= SEEN;
  // What is neither must not reach into the tiles around it.
  const [x0, y0] = isCertain ? [x, y] : [Math.max(x, tile.x0), Math.max(y, tile.y0)];
  const [x1, y1] = isCertain ? [x + width, y + height] : [Math.min(x + width, tile.x1), Math.min(y + height, tile.y1)];
  return [isCertain ? 1 : 0, x0, y0, x1 - x0, y1 - y0, ...placed];
}

/** Hides up to a half of a face behind a rectangle of one colour, as masks, hands and hair do. */
function occlude(image: Float32Array, size: number, [, x, y, width, height]: number[], random: Random): void {
  const [w, h] = [width * between(random, 0.2, 0.9), height * between(random, 0.2, 0.5)];
  const [left, top] = [x + random() * (width - w), y + random() * (height - h)];
  const colour = [random() * 255, random() * 255, random() * 255];
  for (let v = Math.max(0, Math.round(top)); v < Math.min(size, top + h); v++) {
    for (let u = Math.max(0, Math.round(left)); u < Math.min(size, left + w); u++) image.set(colour, (v * size + u) * 3);
  }
}
