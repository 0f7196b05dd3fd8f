import { CONTOURS } from './contours.js';

/** Points from unsure to sure, in steps; style.css has the same two colours for the legend. */
const STEPS = 20;
const COLOURS = Array.from({ length: STEPS + 1 }, (_, i) => `color-mix(in oklch, #35f0c8 ${(100 * i) / STEPS}%, #ff5a4f)`);
const LINE = 'rgb(255 255 255 / 0.8)';
const SHADE = 'rgb(0 0 0 / 0.35)';

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
   * @param frame an ImageBitmap or VideoFrame; the stage's from now on, which closes it when another one comes
   * @param mirror left and right changed places
   */
  show(frame, faces, mirror = false) {
    this.#shown?.frame.close();
    this.#shown = { frame, faces, mirror };
    this.#canvas.parentElement.style.setProperty('--ratio', widthOf(frame) / heightOf(frame));
    this.#paint();
  }

  clear() {
    this.#shown?.frame.close();
    this.#shown = undefined;
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
    for (const { box, landmarks } of faces) {
      // The centre of pixel 0 lies half a pixel from the edge.
      const place = ({ x, y }) => ({ x: left + (x + 0.5) * scale, y: top + (y + 0.5) * scale });
      const unit = this.#unit(box.width * scale);
      if (this.#layers.boxes) this.#drawBox({ ...place(box), width: box.width * scale, height: box.height * scale }, unit);
      const points = landmarks.map(place);
      if (this.#layers.lines) this.#drawLines(points, unit, LINE, SHADE);
      if (this.#layers.points)
        landmarks.forEach(({ score }, i) => this.#drawPoint(points[i], unit * 1.7, COLOURS[Math.round(score * STEPS)], SHADE));
    }
  }

  /** Nobody's face, faintly, in the colours of the page. */
  #paintRest(meanFace) {
    const { width, height } = this.#canvas;
    const size = REST.size * Math.min(width, height);
    const left = (width - size) / 2;
    const top = REST.middle * height - size / 2;
    const points = meanFace.map(({ x, y }) => ({ x: left + x * size, y: top + y * size }));
    const { color, accentColor } = getComputedStyle(this.#canvas);
    this.#context.globalAlpha = 0.3;
    this.#drawLines(points, this.#ratio, color);
    this.#context.globalAlpha = 1;
    for (const point of points) this.#drawPoint(point, 2 * this.#ratio, accentColor);
  }

  /** Line width in the canvas's pixels: fine, but to be seen on large faces and small. */
  #unit(faceWidth) {
    return Math.min(2 * this.#ratio, Math.max(0.6 * this.#ratio, faceWidth / 130));
  }

  #drawBox({ x, y, width, height }, unit) {
    const path = new Path2D();
    path.roundRect(x, y, width, height, width / 12);
    this.#stroke(path, unit, 'rgb(255 255 255 / 0.55)', SHADE);
  }

  #drawLines(points, unit, colour, shade) {
    const path = new Path2D();
    for (const contour of CONTOURS[points.length] ?? []) {
      addCurve(
        path,
        contour.points.map((i) => points[i]),
        contour.closed,
      );
    }
    this.#stroke(path, unit, colour, shade);
  }

  /** With a dark rim, where it must stand out from a picture. */
  #stroke(path, width, colour, shade) {
    const context = this.#context;
    context.lineJoin = context.lineCap = 'round';
    for (const [style, lineWidth] of [
      [shade, width + 1.5 * this.#ratio],
      [colour, width],
    ]) {
      if (!style) continue;
      context.strokeStyle = style;
      context.lineWidth = lineWidth;
      context.stroke(path);
    }
  }

  #drawPoint({ x, y }, radius, colour, shade) {
    const context = this.#context;
    for (const [style, reach] of [
      [shade, radius + 0.75 * this.#ratio],
      [colour, radius],
    ]) {
      if (!style) continue;
      context.fillStyle = style;
      context.beginPath();
      context.arc(x, y, reach, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

/** Of an ImageBitmap or VideoFrame. */
const widthOf = (frame) => frame.displayWidth ?? frame.width;
const heightOf = (frame) => frame.displayHeight ?? frame.height;

/** A smooth curve through the points (Catmull-Rom, as Bézier pieces). */
function addCurve(path, points, closed) {
  const at = (i) => points[closed ? (i + points.length) % points.length : Math.max(0, Math.min(points.length - 1, i))];
  path.moveTo(points[0].x, points[0].y);
  for (let i = 0; i < points.length - (closed ? 0 : 1); i++) {
    const [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    path.bezierCurveTo(
      from.x + (to.x - before.x) / 6,
      from.y + (to.y - before.y) / 6,
      to.x - (after.x - from.x) / 6,
      to.y - (after.y - from.y) / 6,
      to.x,
      to.y,
    );
  }
}
