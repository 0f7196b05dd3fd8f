/** Enough for the compilers of the engines to settle. */
const FRAMES = 8;

/**
 * What every runtime runs: the landmarks of one picture by each build of the kernels that the runtime has, on one thread
 * and on two.
 *
 * @param models where the models are, for runtimes that don't find them by themselves
 */
export async function workload(loadPipnet, picture, models = {}) {
  const warnings = [];
  console.warn = (message) => warnings.push(message);
  const preferred = await loadPipnet(models);
  const builds = preferred.info().kernels === 'relaxed' ? ['simd', 'relaxed'] : ['simd'];
  preferred.dispose();
  const results = [];
  for (const threads of [1, 2]) {
    for (const kernels of builds) results.push(await measure(await loadPipnet({ ...models, kernels, threads }), picture));
  }
  return { results, warnings, inWorker: await compareWorker(loadPipnet, picture, models) };
}

/** @returns whether a worker finds the same to the last bit, or why there is none */
async function compareWorker(loadPipnet, picture, models) {
  const found = [];
  for (const worker of [false, true]) {
    try {
      const pipnet = await loadPipnet({ ...models, worker });
      found.push(JSON.stringify(await pipnet.detect(picture)));
      pipnet.dispose();
    } catch (error) {
      return String(error);
    }
  }
  return found[0] === found[1];
}

async function measure(pipnet, picture) {
  const { kernels, threads } = pipnet.info();
  let ms = Infinity;
  let faces;
  for (let frame = 0; frame < FRAMES; frame++) {
    const start = performance.now();
    faces = await pipnet.detect(picture);
    ms = Math.min(ms, performance.now() - start);
  }
  pipnet.dispose();
  return { kernels, threads, ms, landmarks: faces.flatMap(({ landmarks }) => landmarks.flatMap(({ x, y }) => [x, y])) };
}
