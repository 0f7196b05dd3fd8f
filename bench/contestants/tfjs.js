import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { faceboxes } from '../../dist/network/faceboxes.js';
import { pipnet } from '../../dist/network/pipnet.js';
import { foldBatchNorm } from '../../dist/weights/fold.js';
import { readModel } from '../../dist/weights/model.js';
import { toNchw } from './layout.js';

/** TensorFlow.js on its XNNPACK backend; our layers as calls of its operators, fused where it has fused ones. */
export async function load(input) {
  const require = createRequire(import.meta.url);
  const { setThreadsCount, setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  setThreadsCount(1);
  await tf.setBackend('wasm');

  const model = readModel(await input.readModel());
  const network = model.kind === 'pipnet' ? pipnet(model.architecture) : faceboxes();
  const layers = network.layers.map((layer) => layerOf(layer, model.tensors));
  const image = tf.tensor4d(await input.readNhwc(), [1, input.size, input.size, 3]);
  const infer = () => {
    const results = tf.tidy(() => {
      const values = [];
      for (const layer of layers) values.push(layer(values, image));
      return input.outputs.map((name) => values[network.outputs[name]]);
    });
    const outputs = results.map((result) => ({ data: result.dataSync(), channels: result.shape[3] }));
    tf.dispose(results);
    return outputs;
  };
  const maps = () => {
    const outputs = infer();
    return Object.fromEntries(input.outputs.map((name, i) => [name, toNchw(outputs[i].data, outputs[i].channels)]));
  };
  return { tasks: { network: infer }, maps };
}

/** Activations that TensorFlow.js has as part of a convolution. */
const FUSED = { none: 'linear', relu: 'relu', relu6: 'relu6' };

/** The function of a layer: from the values of the layers before it and the image to its value. */
function layerOf(layer, tensors) {
  switch (layer.op) {
    case 'input':
      return (_values, image) => image;
    case 'convolution': {
      const { kernel, stride, padding, depthwise, channels, inputChannels, activation } = layer;
      const { weight, bias } = foldBatchNorm(layer, tensors);
      const oihw = tf.tensor4d(weight, [channels, depthwise ? 1 : inputChannels, kernel, kernel]);
      const options = {
        // Height, width, in, out; a depthwise filter's "in" are its channels.
        filter: tf.transpose(oihw, depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]),
        bias: tf.tensor1d(bias),
        strides: stride,
        pad: [
          [0, 0],
          [padding, padding],
          [padding, padding],
          [0, 0],
        ],
        dimRoundingMode: 'floor',
        activation: layer.residual === undefined ? (FUSED[activation] ?? 'linear') : 'linear',
      };
      const convolve = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
      const isDone = layer.residual === undefined && activation in FUSED;
      return (values) => {
        const x = convolve({ x: values[layer.input], ...options });
        if (isDone) return x;
        return activate(layer.residual === undefined ? x : tf.add(x, values[layer.residual]), activation);
      };
    }
    case 'maxPool':
      // Zeros never win: max pooling follows a ReLU in our networks.
      return (values) => tf.maxPool(pad(values[layer.input], layer.padding), layer.kernel, layer.stride, 'valid');
    case 'averagePool':
      return (values) => tf.avgPool(pad(values[layer.input], layer.padding), layer.kernel, layer.stride, 'valid');
    case 'squeezeExcite': {
      const dense = (name, activation) => {
        const { shape, data } = tensors.get(`${name}.weight`);
        // The option transposeB of the WebAssembly backend (4.22) gives wrong sums.
        const b = tf.transpose(tf.tensor2d(data, shape));
        const bias = tf.tensor1d(tensors.get(`${name}.bias`).data);
        return (a) => tf.fused.matMul({ a, b, bias, activation });
      };
      const squeeze = dense(layer.squeeze, 'relu');
      const excite = dense(layer.excite, 'linear');
      return (values) => {
        const x = values[layer.input];
        const factors = hardSigmoid(excite(squeeze(tf.mean(x, [1, 2]))));
        return activate(tf.mul(x, tf.reshape(factors, [1, 1, 1, layer.channels])), layer.activation);
      };
    }
    case 'concat':
      return (values) =>
        tf.concat(
          layer.inputs.map((id) => values[id]),
          3,
        );
  }
}

function pad(x, amount) {
  return amount === 0
    ? x
    : tf.pad(x, [
        [0, 0],
        [amount, amount],
        [amount, amount],
        [0, 0],
      ]);
}

function activate(x, activation) {
  if (activation === 'relu') return tf.relu(x);
  if (activation === 'relu6') return tf.relu6(x);
  return activation === 'hardSwish' ? tf.mul(x, hardSigmoid(x)) : x;
}

function hardSigmoid(x) {
  return tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6);
}
