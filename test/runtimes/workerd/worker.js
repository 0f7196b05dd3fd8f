import { loadPipnet } from 'pipnet-wasm';
import detector from 'pipnet-wasm/weights/facegrid.safetensors';
import model from 'pipnet-wasm/weights/pipnet-mobilenetv2-68.safetensors';
import { workload } from '../workload.js';

export default {
  async fetch(request) {
    const { width, height } = Object.fromEntries(new URL(request.url).searchParams);
    const picture = { data: new Uint8Array(await request.arrayBuffer()), width: Number(width), height: Number(height) };
    return Response.json(await workload(loadPipnet, picture, { model: new Uint8Array(model), detector: new Uint8Array(detector) }));
  },
};
