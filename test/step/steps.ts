import { pipnet, type Architecture } from '../../src/network/pipnet.ts';
import { initialise } from '../../src/step/initialise.ts';
import { Trainer, type TrainerOptions } from '../../src/step/trainer.ts';
import { mulberry32, uniform } from '../reference/random.ts';

const architecture: Architecture = { backbone: 'mobilenet_v2', stride: 32, landmarks: 5, neighbours: 2 };
const [SIZE, BATCH] = [64, 4];

/** Losses and gradients' norms of a few steps with baseline kernels, the same in every runtime. */
export async function takeSteps(options: Pick<TrainerOptions, 'threads' | 'spawn'>): Promise<number[]> {
  const meanFace = [0.2, 0.3, 0.8, 0.3, 0.5, 0.5, 0.3, 0.8, 0.7, 0.8];
  const { tensors } = initialise(pipnet(architecture), 1);
  const trainer = await Trainer.create({ architecture, size: SIZE, meanFace, tensors, kernels: 'simd', ...options });
  const figures: number[] = [];
  for (let step = 0; step < 3; step++) {
    const random = mulberry32(step);
    const batch = {
      images: uniform(random, BATCH * SIZE * SIZE * 3),
      points: uniform(random, BATCH * 10, 0, 1),
      indices: new Int32Array(BATCH),
    };
    const { loss, gradientNorm } = await trainer.step(batch, 1e-3);
    figures.push(loss, gradientNorm);
  }
  await trainer.dispose();
  return figures;
}
