/**
 * A landmark model as the front compares it, in a process of its own. A model's file exports
 * `open(options)` -> `{ prepare(pixels, box), run(input), landmarks(output, input) }`: the input for a face whose landmarks
 * have this box, its (timed) computation, and 300W's 68 landmarks in pixels. Other packages' files also export `FIT`, which
 * treats each as well as its rule allows: `scale` of its crop in landmark boxes, and `offset`, how far on average its points
 * lie beside 300W's labels, in units of that box. Both are the best found on 100 training faces of 300W (scales 1 to 1.6).
 */
import { landmarkBox } from '../../dist/base/crop-rules.js';
import { readList } from '../../dist/files/read-list.js';
import { readImage } from '../../dist/runtimes/node/decode.js';

/** Eye corners, tip of the nose, corners of the mouth: what all conventions agree on. */
const SEVEN = [36, 39, 42, 45, 30, 48, 54];
const ALL = Array.from({ length: 68 }, (_, i) => i);
const [RIGHT_EYE, LEFT_EYE] = [36, 45];

/** @param {{ list: string, images: string }} input labelled faces @param {{ file: string }} options and those of the model */
export async function load({ list, images }, { file, ...options }) {
  const { open, FIT: { offset = [0, 0] } = {} } = await import(`./${file}`);
  const model = await open(options);
  const samples = await readList(list);
  const faceOf = async ({ name, points }) => {
    const box = landmarkBox(points);
    return { points, box, input: model.prepare(await readImage(`${images}/${name}`), box) };
  };
  const first = await faceOf(samples[0]);

  /** Mean errors over all faces in units of the distance between the outer eye corners. */
  async function errors() {
    const sums = { all: 0, seven: 0 };
    for (const sample of samples) {
      const { points, box, input } = await faceOf(sample);
      const found = model.landmarks(await model.run(input), input);
      const [right, down] = [offset[0] * box.width, offset[1] * box.height];
      const distance = (i) => Math.hypot(found[2 * i] - right - points[2 * i], found[2 * i + 1] - down - points[2 * i + 1]);
      const eyes = Math.hypot(points[2 * RIGHT_EYE] - points[2 * LEFT_EYE], points[2 * RIGHT_EYE + 1] - points[2 * LEFT_EYE + 1]);
      const mean = (indices) => indices.reduce((sum, i) => sum + distance(i), 0) / indices.length / eyes;
      sums.all += mean(ALL) / samples.length;
      sums.seven += mean(SEVEN) / samples.length;
    }
    return sums;
  }
  return { tasks: { face: () => model.run(first.input) }, errors };
}
