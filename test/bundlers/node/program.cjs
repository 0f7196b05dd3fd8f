const { loadPipnet } = require('pipnet-wasm');

loadPipnet({ kernels: 'simd', threads: 2 }).then(async (pipnet) => {
  const [{ landmarks }] = await pipnet.detect('picture.jpg');
  console.log(JSON.stringify({ threads: pipnet.info().threads, landmarks: landmarks.flatMap(({ x, y }) => [x, y]) }));
  pipnet.dispose();
});
