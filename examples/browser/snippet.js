// The program that makes what is on the stage, as a page of one's own would have it: short, with plainer strokes.
import { facePartsOf } from '../../dist/base/face-parts.js';

/** Schemes of which poses are known. */
const POSED = [68, 98];

/**
 * @param choice `source`: "picture", "video" or "camera"; `model`: a name or a file's; `threads`; `landmarks`: how many;
 *   `layers` and `effect`, as they are painted
 * @returns the text of a module, for a page with a canvas and an img or a video
 */
export function snippetOf({ source, model, threads, landmarks, layers, effect }) {
  const isLive = source !== 'picture';
  const isPosed = POSED.includes(landmarks) && (layers.axes || effect === 'disguise');
  const options = [
    model !== 'default' && `model: '${model.replace(/[\\']/g, '\\$&')}'`,
    threads > 1 && `threads: ${threads}`,
    'worker: true',
  ];
  const names = [isLive && 'createTracker', isPosed && 'headPose', 'loadPipnet'];
  return [
    `import { ${names.filter(Boolean).join(', ')} } from 'pipnet-wasm';`,
    '',
    `const pipnet = await loadPipnet({ ${options.filter(Boolean).join(', ')} });`,
    "const canvas = document.querySelector('canvas');",
    "const context = canvas.getContext('2d');",
    ...(isPosed && effect === 'disguise'
      ? ["const glasses = Object.assign(new Image(), { src: 'glasses.svg' });", 'await glasses.decode();']
      : []),
    '',
    ...FIND[source],
    '',
    'function show(image, width, height, faces) {',
    '  Object.assign(canvas, { width, height });',
    '  context.drawImage(image, 0, 0);',
    '  for (const { box, landmarks } of faces) {',
    ...[
      ...(effect === 'pixels' || effect === 'blur' ? hidden(effect === 'blur', isLive) : []),
      ...(isPosed ? POSE : []),
      ...(layers.boxes || layers.lines ? ["context.strokeStyle = 'white';"] : []),
      ...(layers.boxes ? ['context.strokeRect(box.x, box.y, box.width, box.height);'] : []),
      ...(layers.lines ? linesOf(landmarks) : []),
      ...(layers.points
        ? ["context.fillStyle = 'deepskyblue';", 'for (const { x, y } of landmarks) context.fillRect(x - 1, y - 1, 3, 3);']
        : []),
      ...(isPosed && layers.axes ? AXES : []),
      ...(isPosed && effect === 'disguise' ? GLASSES : []),
    ].map((line) => `    ${line}`),
    '  }',
    '}',
    '',
  ].join('\n');
}

const FOLLOW = [
  'await video.play();',
  'const tracker = createTracker(pipnet);',
  'async function next() {',
  '  const frame = new VideoFrame(video);',
  '  const faces = await tracker.next(frame, performance.now());',
  '  show(frame, frame.displayWidth, frame.displayHeight, faces);',
  '  frame.close();',
  '  video.requestVideoFrameCallback(next);',
  '}',
  'video.requestVideoFrameCallback(next);',
];

/** Where faces come from. */
const FIND = {
  picture: [
    "const image = document.querySelector('img');",
    'await image.decode();',
    'show(image, image.naturalWidth, image.naturalHeight, await pipnet.detect(image));',
  ],
  video: ["const video = document.querySelector('video');", ...FOLLOW],
  camera: [
    "const video = document.querySelector('video');",
    'video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });',
    ...FOLLOW,
  ],
};

/** A tracked face's box is that of its landmarks, which have no forehead; a detector's has all. */
const hidden = (isSoft, isLive) => [
  isLive
    ? 'const place = [box.x - 0.1 * box.width, box.y - 0.4 * box.height, 1.2 * box.width, 1.5 * box.height];'
    : 'const place = [box.x, box.y, box.width, box.height];',
  'const few = new OffscreenCanvas(9, 9);',
  "few.getContext('2d').drawImage(image, ...place, 0, 0, 9, 9);",
  `context.imageSmoothingEnabled = ${isSoft};`,
  'context.drawImage(few, ...place);',
];

const POSE = [
  'const { matrix, camera, roll } = headPose(landmarks, { width, height });',
  'const seen = (x, y, z) => {',
  '  const [a, b, c] = [0, 4, 8].map((row) => matrix[row] * x + matrix[row + 1] * y + matrix[row + 2] * z + matrix[row + 3]);',
  '  return [camera.x + (camera.focalLength * a) / c, camera.y + (camera.focalLength * b) / c];',
  '};',
];

const AXES = [
  "for (const [colour, ...end] of [['red', 0.6, 0.41, -0.49], ['lime', 0, -0.19, -0.49], ['blue', 0, 0.41, -1.39]]) {",
  '  context.strokeStyle = colour;',
  '  context.beginPath();',
  '  context.moveTo(...seen(0, 0.41, -0.49));',
  '  context.lineTo(...seen(...end));',
  '  context.stroke();',
  '}',
];

const GLASSES = [
  'const size = (1.36 * camera.focalLength) / matrix[11];',
  'context.save();',
  'context.translate(...seen(0, 0, -0.16));',
  'context.rotate((roll * Math.PI) / 180);',
  'context.drawImage(glasses, -size / 2, -size / 6, size, size / 3);',
  'context.restore();',
];

function linesOf(landmarks) {
  const parts = facePartsOf(landmarks);
  if (parts.length === 0) return [];
  return [
    `for (const [first, last, closed] of ${JSON.stringify(parts.map(({ points, closed }) => [points[0], points.at(-1), closed]))}) {`,
    '  context.beginPath();',
    '  for (const { x, y } of landmarks.slice(first, last + 1)) context.lineTo(x, y);',
    '  if (closed) context.closePath();',
    '  context.stroke();',
    '}',
  ];
}
