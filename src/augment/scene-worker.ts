// A thread that makes pictures for a detector's training.
import { workerData } from 'node:worker_threads';
import { answerJobs } from './answer-jobs.ts';
import { type SceneJob, SceneRenderer, type SceneSetup } from './scene.ts';

const renderer = new SceneRenderer(workerData as SceneSetup);

answerJobs<SceneJob>(async (job) => {
  const value = await renderer.render(job);
  return { value, transfer: [value.images.buffer, value.faces.buffer] };
});
