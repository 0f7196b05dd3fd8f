// A thread that makes pictures for a detector's training.
import { workerData } from 'node:worker_threads';
import { answerParent } from '../runtimes/node/answer-parent.ts';
import { type SceneJob, SceneRenderer, type SceneSetup } from './scene.ts';

const renderer = new SceneRenderer(workerData as SceneSetup);

answerParent(
  (job: SceneJob) => renderer.render(job),
  ({ images, faces }) => [images.buffer, faces.buffer],
);
