/**
 * Makes batches ahead of their use and gives them in their order. An epoch that is left early waits for those under way.
 *
 * @param workers threads that make them; 0 makes each when it is asked for
 */
export async function* makeAhead<Job, Taken>(
  jobs: readonly Job[],
  workers: number,
  make: (job: Job) => Promise<Taken>,
): AsyncGenerator<Taken> {
  // One for each thread to work at, one to fetch meanwhile.
  const ahead = workers > 0 ? workers + 1 : 1;
  const pending: Promise<Taken>[] = [];
  try {
    for (let next = 0; next < jobs.length || pending.length > 0; ) {
      while (next < jobs.length && pending.length < ahead) {
        const batch = make(jobs[next++]);
        // It is awaited later, and its failure isn't lost until then.
        batch.catch(() => {});
        pending.push(batch);
      }
      yield await (pending.shift() as Promise<Taken>);
    }
  } finally {
    await Promise.allSettled(pending);
  }
}
