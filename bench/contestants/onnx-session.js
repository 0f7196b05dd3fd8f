/** What both builds of onnxruntime do alike. */
export async function runSession(ort, input, options) {
  const session = await ort.InferenceSession.create(await input.readOnnx(), options);
  const feeds = { input: new ort.Tensor('float32', await input.readNchw(), [1, 3, input.size, input.size]) };
  const run = () => session.run(feeds);
  const maps = async () => {
    const outputs = await run();
    return Object.fromEntries(input.outputs.map((name) => [name, outputs[name].data]));
  };
  return { tasks: { network: run }, maps };
}
