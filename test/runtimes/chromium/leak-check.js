/** The first frames warm up caches and compilers. */
const WARM_UP_FRAMES = 50;
const FRAMES = 300;

/** Bytes by which the heap may differ from one garbage collection to the next. */
const HEAP_TOLERANCE = 1e6;

/**
 * Hundreds of frames must leave linear memory and the heap as they were, and `dispose` must end the threads.
 *
 * @param page shows leak.js
 */
export async function checkLeaks(page) {
  const subject = await page.waitForFunction('globalThis.output');
  const session = await page.context().newCDPSession(page);
  const detect = async (frames) => {
    await subject.evaluate((subject, frames) => subject.detect(frames), frames);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { heap: usedSize, linear: await subject.evaluate(({ pipnet }) => pipnet.info().memoryBytes) };
  };
  const first = await detect(WARM_UP_FRAMES);
  const last = await detect(FRAMES);
  if (last.linear !== first.linear || last.heap > first.heap + HEAP_TOLERANCE)
    throw new Error(`memory grows: ${JSON.stringify({ first, last })}`);

  if (page.workers().length !== 1) throw new Error(`${page.workers().length} workers instead of 1`);
  const ended = page.workers()[0].waitForEvent('close', { timeout: 10_000 });
  await Promise.all([ended, subject.evaluate(({ pipnet }) => pipnet.dispose())]);
  return {
    note: `${FRAMES} frames: heap ${megabytes(first.heap)} -> ${megabytes(last.heap)}, linear memory ${megabytes(first.linear)} -> ${megabytes(last.linear)}`,
  };
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
