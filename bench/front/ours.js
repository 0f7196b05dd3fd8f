import { CROP_RULES, supervisedCrop } from '../../dist/base/crop-rules.js';
import { exactCrop } from '../../dist/faces/crop.js';
import { NO_DETECTOR, LocalPipnet } from '../../dist/pipnet.js';
import { loadPipnet } from '../../dist/runtimes/node/index.js';
import { faceSchemeOf } from '../../dist/track/schemes.js';

/** A model of ours, by name or file: crop and network are timed; its file says where its labels lie. Of 98 landmarks those are compared that 300W has too. */
export async function open({ model, kernels }) {
  const pipnet = await loadPipnet({ model, kernels, detector: NO_DETECTOR });
  const { supervisedCrop: rule, labelOffset = [0, 0] } = pipnet.model;
  const { network } = LocalPipnet.partsOf(pipnet);
  const { head } = faceSchemeOf(pipnet.model.architecture.landmarks);
  return {
    prepare: (pixels, box) => ({ pixels, crop: exactCrop(supervisedCrop(box, CROP_RULES[rule])) }),
    run: async ({ pixels, crop }) => network.predict(pixels, crop),
    landmarks: ({ merged }, { crop: { box } }) =>
      head.flatMap((i) => [merged[2 * i] + labelOffset[0] * box.width, merged[2 * i + 1] + labelOffset[1] * box.height]),
  };
}
