// Whatever a canvas can draw, given to a Pipnet in a worker and to one in the page: whether both find the same.
import { loadPipnet } from 'pipnet-wasm';

globalThis.output = compare();

async function compare() {
  const [here, there] = await Promise.all([false, true].map((worker) => loadPipnet({ model: 'nano', worker })));
  const pictures = await makePictures();
  const found = {};
  for (const [name, picture] of Object.entries(pictures)) {
    // Twice: the picture stays the page's.
    const faces = [await here.detect(picture), await there.detect(picture), await there.detect(picture)].map((faces) =>
      JSON.stringify(faces),
    );
    found[name] = faces[0].length > 1000 && faces.every((other) => other === faces[0]);
  }
  const image = new Image();
  const [expected, refused] = await Promise.all([here, there].map((pipnet) => pipnet.detect(image).catch(String)));
  found['an image that is not loaded'] = /^ImageError: .*wait until it is loaded$/.test(expected) && refused === expected;
  return found;
}

async function makePictures() {
  const blob = await (await fetch('/picture.jpg')).blob();
  const image = Object.assign(new Image(), { src: '/picture.jpg' });
  await image.decode();
  const bitmap = await createImageBitmap(blob);
  const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const offscreen = new OffscreenCanvas(bitmap.width, bitmap.height);
  offscreen.getContext('2d').drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const frame = new VideoFrame(canvas, { timestamp: 0 });
  return { blob, image, bitmap, canvas, offscreen, pixels, frame };
}
