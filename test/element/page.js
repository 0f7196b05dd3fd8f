// What the tests ask of the page.
globalThis.seen = [];
for (const type of ['faces', 'faceselect', 'error']) {
  // They don't bubble, as those of <img> don't.
  document.addEventListener(
    type,
    ({ target, detail, error }) =>
      target.localName === 'face-landmarks' &&
      seen.push({
        type,
        src: target.getAttribute('src'),
        faces: detail?.faces?.length,
        index: detail?.index,
        error: error?.name,
        message: error?.message,
      }),
    { capture: true },
  );
}

/** A picture of two people of different sizes, as an address. */
globalThis.twins = async (src) => {
  const image = new Image();
  image.src = src;
  await image.decode();
  const { width, height } = image;
  const canvas = new OffscreenCanvas(width * 1.6, height / 2);
  const context = canvas.getContext('2d');
  // The heads alone: a badge or button may look like a face.
  context.drawImage(image, 0, height / 7, width, height / 2, 0, 0, width, height / 2);
  context.drawImage(image, 0, height / 7, width, height / 2, width, 0, width * 0.6, height * 0.3);
  return URL.createObjectURL(await canvas.convertToBlob());
};
