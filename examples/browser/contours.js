// Which landmarks make a line, by how many landmarks the model has. Other schemes are drawn as points only.

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const open = (first, last) => ({ points: range(first, last), closed: false });
const closed = (first, last) => ({ points: range(first, last), closed: true });

export const CONTOURS = {
  // 300W: jaw, brows, bridge of the nose, nostrils, eyes, lips outside and inside.
  68: [open(0, 16), open(17, 21), open(22, 26), open(27, 30), open(31, 35), closed(36, 41), closed(42, 47), closed(48, 59), closed(60, 67)],
  // WFLW: the same parts; its brows are outlines.
  98: [
    open(0, 32),
    closed(33, 41),
    closed(42, 50),
    open(51, 54),
    open(55, 59),
    closed(60, 67),
    closed(68, 75),
    closed(76, 87),
    closed(88, 95),
  ],
};
