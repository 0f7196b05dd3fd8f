const { loadPipnet } = require('pipnet-wasm');

async function find(options) {
  const pipnet = await loadPipnet({ kernels: 'simd', threads: 2, ...options });
  const [{ landmarks }] = await pipnet.detect('picture.jpg');
  const { threads } = pipnet.info();
  pipnet.dispose();
  return { threads, landmarks: landmarks.flatMap(({ x, y }) => [x, y]) };
}

Promise.all([find({}), find({ worker: true })]).then(([here, there]) =>
  console.log(JSON.stringify({ ...here, inWorker: String(here.landmarks) === String(there.landmarks) })),
);
