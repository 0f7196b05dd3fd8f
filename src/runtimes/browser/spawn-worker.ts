import type { ThreadWorker } from '../../engine/threads.ts';

/** A browser's worker; its script is given as a blob, so that no bundler has to know of it. */
export function spawnWorker(source: string): ThreadWorker {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  try {
    return new Worker(url) as ThreadWorker;
  } finally {
    // The worker holds what it needs once it has been made; its start is not awaited.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}
