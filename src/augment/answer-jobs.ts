// The other end of threads.ts: what a thread's script does with the jobs that it is sent.
import { parentPort } from 'node:worker_threads';

/** Errors lose their class on the way between threads, so their name goes along. */
export type Reply = { id: number; value?: unknown; error?: { name: string; message: string } };

/** A job's result, and which of its memory leaves the thread with it. */
interface Answer {
  value?: unknown;
  transfer?: ArrayBufferLike[];
}

/** Answers each job by message, with its result or with what went wrong. */
export function answerJobs<Job>(answer: (job: Job) => Promise<Answer>): void {
  parentPort?.on('message', async ({ id, job }: { id: number; job: Job }) => {
    try {
      const { value, transfer = [] } = await answer(job);
      parentPort?.postMessage({ id, value } satisfies Reply, transfer as ArrayBuffer[]);
    } catch (error) {
      const { name, message } = error as Error;
      parentPort?.postMessage({ id, error: { name, message } } satisfies Reply);
    }
  });
}
