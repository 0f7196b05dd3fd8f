/** A case as contestants find it. They pay for their imports in the cold start: nothing is imported here that not all need. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @param {string} folder written by `writeCase` */
export async function readCase(folder) {
  const file = (name) => readFile(join(folder, name));
  const floats = async (name) => {
    const bytes = await file(name);
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  };
  return {
    ...JSON.parse(await file('case.json')),
    readModel: () => file('model.safetensors'),
    readModelI8: () => file('model-i8.safetensors'),
    readOnnx: () => file('model.onnx'),
    readTflite: () => file('model.tflite'),
    readNchw: () => floats('input.nchw.f32'),
    readNhwc: () => floats('input.nhwc.f32'),
  };
}
