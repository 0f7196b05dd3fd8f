import { contoursOf } from '../../dist/image/face-marks.js';
import { paintMark } from '../../dist/runtimes/browser/paint-mark.js';
import { paintPicture, sizeOf } from './paint-picture.js';

/** CSS pixels around the picture, and its corners' radius: with the margin it makes the stage's own. */
const MARGIN = 10;
const CORNER = 10;

/** The mean face's share of the stage, and where its middle is. */
const REST = { size: 0.42, middle: 0.42 };

/** The canvas: a picture with its faces, in as many pixels as the screen has. */
export class Stage {
  #canvas;
  #context;
  #ratio = 1;
  #meanFace;
  #shown;
  #choice;

  /** @param choice which `layers` are drawn, and which `effect` */
  constructor(canvas, choice) {
    this.#canvas = canvas;
    this.#choice = choice;
    this.#context = canvas.getContext('2d');
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint());
  }

  /** The model's mean face, in units of its box: what is drawn while there is no picture. */
  set meanFace(points) {
    this.#meanFace = points;
    this.#paint();
  }

  set choice(choice) {
    this.#choice = choice;
    this.#paint();
  }

  /** What is shown: `frame`, `faces` and `mirror`, or undefined. */
  get shown() {
    return this.#shown;
  }

  /**
   * @param frame an ImageBitmap or VideoFrame, which stays the caller's, and as it is until something else comes
   * @param mirror left and right changed places
   */
  show({ frame, faces, mirror = false }) {
    this.#shown = { frame, faces, mirror };
    const { width, height } = sizeOf(frame);
    this.#canvas.parentElement.style.setProperty('--ratio', width / height);
    this.#paint();
  }

  clear() {
    this.#shown = undefined;
    this.#canvas.parentElement.style.removeProperty('--ratio');
    this.#paint();
  }

  /** A PNG of what is shown, in the picture's own pixels, as a Blob. */
  snapshot() {
    const { width, height } = sizeOf(this.#shown.frame);
    const canvas = new OffscreenCanvas(width, height);
    const pixel = Math.max(1, this.#ratio / this.#placeOf(this.#shown.frame).scale);
    paintPicture(canvas.getContext('2d'), this.#shown, { left: 0, top: 0, scale: 1, pixel }, this.#choice);
    return canvas.convertToBlob();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.#canvas;
    this.#ratio = devicePixelRatio;
    this.#canvas.width = Math.round(clientWidth * this.#ratio);
    this.#canvas.height = Math.round(clientHeight * this.#ratio);
    this.#paint();
  }

  #paint() {
    this.#context.reset();
    if (this.#shown) this.#paintShown(this.#shown);
    else if (this.#meanFace) this.#paintRest(this.#meanFace);
  }

  #paintShown(shown) {
    const { width, height } = sizeOf(shown.frame);
    const place = this.#placeOf(shown.frame);
    this.#context.roundRect(place.left, place.top, width * place.scale, height * place.scale, CORNER * this.#ratio);
    this.#context.clip();
    paintPicture(this.#context, shown, place, this.#choice);
  }

  /** In the middle, as large as it can be. */
  #placeOf(frame) {
    const { width, height } = sizeOf(frame);
    const margin = 2 * MARGIN * this.#ratio;
    const scale = Math.min((this.#canvas.width - margin) / width, (this.#canvas.height - margin) / height);
    return { left: (this.#canvas.width - width * scale) / 2, top: (this.#canvas.height - height * scale) / 2, scale, pixel: this.#ratio };
  }

  /** Nobody's face, faintly, in the colours of the page. */
  #paintRest(meanFace) {
    const { width, height } = this.#canvas;
    const size = REST.size * Math.min(width, height);
    const left = (width - size) / 2;
    const top = REST.middle * height - size / 2;
    const points = meanFace.map(({ x, y }) => ({ x: left + x * size, y: top + y * size }));
    const { color, accentColor } = getComputedStyle(this.#canvas);
    const lines = { kind: 'stroke', curves: contoursOf(points), width: this.#ratio };
    paintMark(this.#context, { ...lines, opacity: 0.3 }, color);
    for (const centre of points) paintMark(this.#context, { kind: 'disc', centre, radius: 2 * this.#ratio, opacity: 1 }, accentColor);
  }
}
