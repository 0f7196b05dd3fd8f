// A thread that makes pictures for a detector's training: takes jobs by message, answers each with its batch.
import { parentPort, workerData } from 'node:worker_threads';
import { type SceneJob, SceneRenderer, type SceneSetup } from './scene.ts';

const renderer = new SceneRenderer(workerData as SceneSetup);

parentPort?.on('message', async ({ id, job }: { id: number; job: SceneJob }) => {
  const value = await renderer.render(job);
  parentPort?.postMessage({ id, value }, [value.images.buffer, value.faces.buffer] as ArrayBuffer[]);
});
