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
  const canvas = new OffscreenCanvas(image.width * 1.6, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  context.drawImage(image, image.width, 0, image.width * 0.6, image.height * 0.6);
  return URL.createObjectURL(await canvas.convertToBlob());
};
