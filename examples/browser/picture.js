/** Canvases of phones hold 16.7 megapixels at most; more would not be seen anyway. */
const MAX_SIDE = 2560;

/**
 * A picture file as a bitmap, upright and not larger than MAX_SIDE.
 *
 * @throws Error whose message is fit to be shown
 */
export async function openPicture(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => {
    throw new Error(
      `${file.name ? `“${file.name}”` : 'That'} is not a picture that this browser can open. JPEG, PNG and WebP always work.`,
    );
  });
  const scale = MAX_SIDE / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return bitmap;
  const small = await createImageBitmap(bitmap, {
    resizeWidth: Math.round(bitmap.width * scale),
    resizeHeight: Math.round(bitmap.height * scale),
    resizeQuality: 'high',
  });
  bitmap.close();
  return small;
}

/** The picture a quarter further, clockwise. */
export function turn(bitmap) {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(height, width);
  const context = canvas.getContext('2d');
  context.translate(height, 0);
  context.rotate(Math.PI / 2);
  context.drawImage(bitmap, 0, 0);
  return canvas.transferToImageBitmap();
}
