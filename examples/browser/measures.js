// What the largest face does, in words and bars.

/** Where each bar is full: eyes in widths of an eye, mouths in distances of the outer corners of the eyes. */
const BARS = [
  { id: 'leftEye', full: 0.5, of: ({ eyes }) => eyes.left },
  { id: 'rightEye', full: 0.5, of: ({ eyes }) => eyes.right },
  { id: 'mouth', full: 0.5, of: ({ mouth }) => mouth.open },
];

const ANGLES = ['yaw', 'pitch', 'roll'];

/** @param page the elements: `head` around all, a meter a bar, and an element an angle */
export function showMeasures(page, faces) {
  const known = faces.filter(({ measures }) => measures);
  page.head.hidden = known.length === 0;
  if (known.length === 0) return;
  const area = ({ box }) => box.width * box.height;
  const { pose, measures } = known.reduce((largest, face) => (area(face) > area(largest) ? face : largest));
  for (const { id, full, of } of BARS) page[id].value = Math.min(1, of(measures) / full);
  for (const angle of ANGLES) page[angle].textContent = `${Math.round(pose[angle])}°`.replace('-', '−').replace('−0°', '0°');
}
