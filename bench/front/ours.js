import { CROP_RULES, supervisedCrop } from '../../dist/base/crop-rules.js';
import { exactCrop } from '../../dist/faces/crop.js';
import { NO_DETECTOR, LocalPipnet } from '../../dist/pipnet.js';
import { loadPipnet } from '../../dist/runtimes/node/index.js';

/** A model of ours, by name or file: crop and network are timed; its file says where its labels lie. */
export async function open({ model, kernels }) {
  const pipnet = await loadPipnet({ model, kernels, detector: NO_DETECTOR });
  const { supervisedCrop: rule, labelOffset = [0, 0] } = pipnet.model;
  const { network } = LocalPipnet.partsOf(pipnet);
  return {
    prepare: (pixels, box) => ({ pixels, crop: exactCrop(supervisedCrop(box, CROP_RULES[rule])) }),
    run: async ({ pixels, crop }) => network.predict(pixels, crop),
    landmarks: ({ merged }, { crop: { box } }) =>
      merged.map((value, i) => value + (i % 2 === 0 ? labelOffset[0] * box.width : labelOffset[1] * box.height)),
  };
}
