// Pictures to try: one of the world, portraits of nobody, and all of these in one. See README.md for whose they are.
const PORTRAITS = new URL('../faces/images/', import.meta.url);
const HOPPER = new URL('../../test/images/grace-hopper.jpg', import.meta.url);

const portrait = (number) => new URL(`${String(number).padStart(2, '0')}.jpg`, PORTRAITS);

export const SAMPLES = [
  { name: 'Grace Hopper', urls: [HOPPER] },
  { name: 'A portrait', urls: [portrait(9)] },
  { name: 'Another portrait', urls: [portrait(2)] },
  { name: 'Twelve portraits', urls: Array.from({ length: 12 }, (_, i) => portrait(i + 1)) },
];

/** Portraits side by side, in so many columns of squares. */
const COLUMNS = 4;
const SIDE = 320;

/** @returns an ImageBitmap: the picture, or several side by side */
export async function openSample({ urls }) {
  const pictures = await Promise.all(urls.map(open));
  if (pictures.length === 1) return pictures[0];
  const canvas = new OffscreenCanvas(COLUMNS * SIDE, Math.ceil(pictures.length / COLUMNS) * SIDE);
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  pictures.forEach((picture, i) => {
    context.drawImage(picture, (i % COLUMNS) * SIDE, Math.floor(i / COLUMNS) * SIDE, SIDE, SIDE);
    picture.close();
  });
  return canvas.transferToImageBitmap();
}

async function open(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The sample can’t be fetched: the server answers with status ${response.status}.`);
  return createImageBitmap(await response.blob());
}
