import { contoursOf, marksOf } from '../../dist/image/face-marks.js';
import { paintMark } from '../../dist/runtimes/browser/paint-mark.js';

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
  #layers = { boxes: true, points: true, lines: true };

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint());
  }

  /** The model's mean face, in units of its box: what is drawn while there is no picture. */
  set meanFace(points) {
    this.#meanFace = points;
    this.#paint();
  }

  set layers(layers) {
    this.#layers = layers;
    this.#paint();
  }

  /**
   * @param frame an ImageBitmap or VideoFrame, which stays the caller's, and as it is until something else comes
   * @param mirror left and right changed places
   */
  show({ frame, faces, mirror = false }) {
    this.#shown = { frame, faces, mirror };
    this.#canvas.parentElement.style.setProperty('--ratio', widthOf(frame) / heightOf(frame));
    this.#paint();
  }

  clear() {
    this.#canvas.parentElement.style.removeProperty('--ratio');
    this.#paint();
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
    if (this.#shown) this.#paintPicture(this.#shown);
    else if (this.#meanFace) this.#paintRest(this.#meanFace);
  }

  #paintPicture({ frame, faces, mirror }) {
    const context = this.#context;
    const { width, height } = this.#canvas;
    const frameWidth = widthOf(frame);
    const frameHeight = heightOf(frame);
    const margin = 2 * MARGIN * this.#ratio;
    const scale = Math.min((width - margin) / frameWidth, (height - margin) / frameHeight);
    const left = (width - frameWidth * scale) / 2;
    const top = (height - frameHeight * scale) / 2;

    context.roundRect(left, top, frameWidth * scale, frameHeight * scale, CORNER * this.#ratio);
    context.clip();
    if (mirror) context.setTransform(-1, 0, 0, 1, width, 0);
    context.imageSmoothingQuality = 'high';
    context.drawImage(frame, left, top, frameWidth * scale, frameHeight * scale);
    context.resetTransform();
    faces.forEach(({ box, landmarks, roll }, i) => {
      // The centre of pixel 0 lies half a pixel from the edge.
      const across = (x) => (mirror ? width - left - (x + 0.5) * scale : left + (x + 0.5) * scale);
      const down = (y) => top + (y + 0.5) * scale;
      const placed = {
        box: { x: across(mirror ? box.x + box.width : box.x), y: down(box.y), width: box.width * scale, height: box.height * scale },
        landmarks: landmarks.map(({ x, y, score }) => ({ x: across(x), y: down(y), score })),
        roll: mirror ? -roll : roll,
      };
      const number = faces.length > 1 ? i + 1 : undefined;
      for (const mark of marksOf(placed, number, this.#ratio, this.#layers)) paintMark(context, mark);
    });
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

/** Of an ImageBitmap or VideoFrame. */
const widthOf = (frame) => frame.displayWidth ?? frame.width;
const heightOf = (frame) => frame.displayHeight ?? frame.height;
