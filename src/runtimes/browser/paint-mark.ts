// Marks on a canvas.
import type { Curve } from '../../image/curves.ts';
import type { Mark } from '../../image/face-marks.ts';

/** @param style instead of the mark's own colour */
export function paintMark(context: CanvasRenderingContext2D, mark: Mark, style = `rgb(${mark.colour.join()})`): void {
  context.globalAlpha = mark.opacity;
  context.beginPath();
  if (mark.kind === 'disc') {
    context.fillStyle = style;
    context.arc(mark.centre.x, mark.centre.y, mark.radius, 0, 2 * Math.PI);
    context.fill();
  } else {
    for (const curve of mark.curves) addCurve(context, curve);
    context.strokeStyle = style;
    context.lineWidth = mark.width;
    context.lineJoin = context.lineCap = 'round';
    context.stroke();
  }
  context.globalAlpha = 1;
}

function addCurve(context: CanvasRenderingContext2D, [first, ...rest]: Curve): void {
  context.moveTo(first.x, first.y);
  for (let i = 0; i < rest.length; i += 3) {
    const [c, d, end] = rest.slice(i, i + 3);
    context.bezierCurveTo(c.x, c.y, d.x, d.y, end.x, end.y);
  }
}
