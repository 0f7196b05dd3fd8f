/**
 * Our networks as TFLite files (float32, NHWC), so that LiteRT runs the same weights. Field numbers and codes are those of
 * TFLite's schema.fbs; PyTorch's symmetric padding is a PAD before an operator without padding, as converters write it.
 */
import { Builder } from 'flatbuffers';
import { foldBatchNorm } from '../dist/weights/fold.js';

const OPERATORS = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  MAX_POOL_2D: 17,
  MUL: 18,
  PAD: 34,
  MEAN: 40,
  HARD_SWISH: 117,
};

/** Members of the union BuiltinOptions. */
const OPTIONS = {
  CONV_2D: 1,
  DEPTHWISE_CONV_2D: 2,
  AVERAGE_POOL_2D: 5,
  MAX_POOL_2D: 5,
  CONCATENATION: 10,
  ADD: 11,
  MUL: 21,
  PAD: 22,
  MEAN: 27,
  HARD_SWISH: 91,
};

const FUSED = { none: 0, relu: 1, relu6: 3 };
const VALID = 1;
const FLOAT32 = 0;
const INT32 = 2;
const SCHEMA_VERSION = 3;

/**
 * @param {import('../src/network/graph.ts').Network} network
 * @param {Map<string, import('../src/weights/tensor.ts').Tensor>} tensors
 * @param {number} size width and height of the input
 * @param {string[]} outputs
 * @returns {Uint8Array}
 */
export function exportTflite(network, tensors, size, outputs) {
  const graph = new TfliteGraph();
  const made = new Map();
  network.layers.forEach((layer, id) =>
    made.set(
      id,
      addLayer(graph, layer, tensors, size, (input) => made.get(input)),
    ),
  );
  return graph.finish(
    [made.get(0)],
    outputs.map((name) => made.get(network.outputs[name])),
  );
}

function addLayer(graph, layer, tensors, size, tensorOf) {
  const name = layer.name ?? layer.op;
  switch (layer.op) {
    case 'input':
      return graph.tensor('input', [1, size, size, layer.channels]);
    case 'convolution': {
      const { weight, bias } = foldBatchNorm(layer, tensors);
      const { kernel, stride, channels, inputChannels, depthwise, activation } = layer;
      const perFilter = depthwise ? 1 : inputChannels;
      const packed = depthwise ? transpose(weight, channels) : ohwi(weight, channels, perFilter);
      const weights = graph.weight(name, depthwise ? [1, kernel, kernel, channels] : [channels, kernel, kernel, inputChannels], packed);
      const input = graph.pad(tensorOf(layer.input), layer.padding);
      const [height, width] = outputSize(graph, input, layer);
      const fuse = layer.residual === undefined;
      const options = {
        0: ['Int8', VALID],
        1: ['Int32', stride],
        2: ['Int32', stride],
        [depthwise ? 4 : 3]: ['Int8', fuse ? fusedCode(activation) : 0],
      };
      if (depthwise) options[3] = ['Int32', 1];
      let x = graph.operator(
        depthwise ? 'DEPTHWISE_CONV_2D' : 'CONV_2D',
        [input, weights, graph.weight(`${name}.bias`, [channels], bias)],
        [1, height, width, channels],
        options,
      );
      if (!fuse) x = graph.elementwise('ADD', [x, tensorOf(layer.residual)], fusedCode(activation));
      return activate(graph, x, activation);
    }
    case 'maxPool':
    case 'averagePool': {
      // Zeros stand for "never the maximum" too: max pooling follows a ReLU in our networks.
      const input = graph.pad(tensorOf(layer.input), layer.padding);
      const [height, width] = outputSize(graph, input, layer);
      const { kernel, stride } = layer;
      const options = { 0: ['Int8', VALID], 1: ['Int32', stride], 2: ['Int32', stride], 3: ['Int32', kernel], 4: ['Int32', kernel] };
      return graph.operator(
        layer.op === 'maxPool' ? 'MAX_POOL_2D' : 'AVERAGE_POOL_2D',
        [input],
        [1, height, width, layer.channels],
        options,
      );
    }
    case 'squeezeExcite': {
      const input = tensorOf(layer.input);
      const dense = (x, prefix, channels, fused) => {
        const { shape, data } = tensors.get(`${prefix}.weight`);
        const weights = graph.weight(prefix, [shape[0], 1, 1, shape[1]], data);
        const bias = graph.weight(`${prefix}.bias`, [channels], tensors.get(`${prefix}.bias`).data);
        return graph.operator('CONV_2D', [x, weights, bias], [1, 1, 1, channels], {
          0: ['Int8', VALID],
          1: ['Int32', 1],
          2: ['Int32', 1],
          3: ['Int8', fused],
        });
      };
      let x = graph.operator('MEAN', [input, graph.integers('axes', [2], [1, 2])], [1, 1, 1, layer.channels], { 0: ['Int8', 1] });
      x = dense(x, layer.squeeze, layer.hidden, FUSED.relu);
      x = activate(graph, dense(x, layer.excite, layer.channels, FUSED.none), 'hardSigmoid');
      return activate(graph, graph.elementwise('MUL', [input, x]), layer.activation);
    }
    case 'concat': {
      const inputs = layer.inputs.map(tensorOf);
      const shape = [...graph.shapeOf(inputs[0]).slice(0, 3), layer.channels];
      return graph.operator('CONCATENATION', inputs, shape, { 0: ['Int32', 3] });
    }
    default:
      throw new Error(`no contestant's ${layer.op} is written yet`);
  }
}

/** The code that an operator can do an activation with, or that of none. */
function fusedCode(activation) {
  return FUSED[activation] ?? FUSED.none;
}

/** The activations that no operator does on the side. */
function activate(graph, x, activation) {
  if (activation === 'hardSwish') return graph.operator('HARD_SWISH', [x], graph.shapeOf(x), {});
  if (activation === 'hardSigmoid') {
    const sum = graph.elementwise('ADD', [x, graph.weight('three', [1], Float32Array.of(3))], FUSED.relu6);
    return graph.elementwise('MUL', [sum, graph.weight('sixth', [1], Float32Array.of(1 / 6))]);
  }
  return x;
}

/** Of an operator whose input is padded already. */
function outputSize(graph, input, { kernel, stride }) {
  const [, height, width] = graph.shapeOf(input);
  return [height, width].map((length) => Math.floor((length - kernel) / stride) + 1);
}

function transpose(values, rows) {
  const columns = values.length / rows;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}

/** OIHW to OHWI. */
function ohwi(weight, channels, perFilter) {
  const filter = weight.length / channels;
  const packed = new Float32Array(weight.length);
  for (let o = 0; o < channels; o++) packed.set(transpose(weight.subarray(o * filter, (o + 1) * filter), perFilter), o * filter);
  return packed;
}

/** Collects tensors and operators; a tensor is its index. */
class TfliteGraph {
  #tensors = [];
  #operators = [];

  tensor(name, shape, data, type = FLOAT32) {
    return this.#tensors.push({ name, shape, data, type }) - 1;
  }

  weight(name, shape, data) {
    return this.tensor(name, shape, data);
  }

  integers(name, shape, values) {
    return this.tensor(name, shape, Int32Array.from(values), INT32);
  }

  shapeOf(tensor) {
    return this.#tensors[tensor].shape;
  }

  pad(input, padding) {
    if (padding === 0) return input;
    const [n, height, width, channels] = this.shapeOf(input);
    const amounts = this.integers('padding', [4, 2], [0, 0, padding, padding, padding, padding, 0, 0]);
    return this.operator('PAD', [input, amounts], [n, height + 2 * padding, width + 2 * padding, channels], {});
  }

  elementwise(type, inputs, fused = FUSED.none) {
    return this.operator(type, inputs, this.shapeOf(inputs[0]), { 0: ['Int8', fused] });
  }

  /** @param {Record<number, [string, number]>} options field number to type and value */
  operator(type, inputs, shape, options) {
    const output = this.tensor(`${type}${this.#operators.length}`, shape);
    this.#operators.push({ type, inputs, output, options });
    return output;
  }

  finish(inputs, outputs) {
    const builder = new Builder(1 << 20);
    const integers = (values) => {
      builder.startVector(4, values.length, 4);
      for (const value of [...values].reverse()) builder.addInt32(value);
      return builder.endVector();
    };
    const offsets = (values) => {
      builder.startVector(4, values.length, 4);
      for (const value of [...values].reverse()) builder.addOffset(value);
      return builder.endVector();
    };
    const table = (fields) => {
      const numbers = Object.keys(fields).map(Number);
      builder.startObject(numbers.length === 0 ? 0 : Math.max(...numbers) + 1);
      for (const number of numbers) {
        const [type, value] = fields[number];
        if (type === 'Offset') builder.addFieldOffset(number, value, 0);
        // A default that no value equals: everything is written.
        else builder[`addField${type}`](number, value, undefined);
      }
      return builder.endObject();
    };
    const bytes = (data) => {
      builder.startVector(1, data.byteLength, 16);
      builder.bb.setPosition((builder.space -= data.byteLength));
      builder.bb.bytes().set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), builder.space);
      return builder.endVector();
    };

    // Buffer 0 is the empty one, of all tensors without data.
    const buffers = [table({})];
    const tensors = this.#tensors.map(({ name, shape, data, type }) => {
      const buffer = data === undefined ? 0 : buffers.push(table({ 0: ['Offset', bytes(data)] })) - 1;
      return table({ 0: ['Offset', integers(shape)], 1: ['Int8', type], 2: ['Int32', buffer], 3: ['Offset', builder.createString(name)] });
    });
    const types = [...new Set(this.#operators.map(({ type }) => type))];
    const codes = types.map((type) => table({ 0: ['Int8', OPERATORS[type]], 2: ['Int32', 1], 3: ['Int32', OPERATORS[type]] }));
    const operators = this.#operators.map(({ type, inputs, output, options }) =>
      table({
        0: ['Int32', types.indexOf(type)],
        1: ['Offset', integers(inputs)],
        2: ['Offset', integers([output])],
        3: ['Int8', OPTIONS[type]],
        4: ['Offset', table(options)],
      }),
    );
    const subgraph = table({
      0: ['Offset', offsets(tensors)],
      1: ['Offset', integers(inputs)],
      2: ['Offset', integers(outputs)],
      3: ['Offset', offsets(operators)],
    });
    const model = table({
      0: ['Int32', SCHEMA_VERSION],
      1: ['Offset', offsets(codes)],
      2: ['Offset', offsets([subgraph])],
      4: ['Offset', offsets(buffers)],
    });
    builder.finish(model, 'TFL3');
    return builder.asUint8Array();
  }
}
