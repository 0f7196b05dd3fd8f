/** The messages of onnx.proto that our graphs need, with its field numbers; nothing of networks here. */
import { Message } from './protobuf.ts';

/** IR version 8 belongs to opset 15 and is read by every onnxruntime since 1.10; HardSwish came with opset 14. */
const IR_VERSION = 8;
const OPSET = 15;

const FLOAT = 1;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** A list is a list of integers, `{ float }` a float, a number an integer. */
export type Attribute = number | number[] | { float: number };

/** A number, a named size, or undefined where it follows from the input's. */
export type Dimension = number | string | undefined;

/** A float32 tensor that the graph is given or gives. */
export interface Value {
  name: string;
  shape: Dimension[];
}

/** Collects nodes (in order of execution) and weights. */
export class Graph {
  readonly #message = new Message();

  constructor(name: string) {
    this.#message.text(2, name);
  }

  node(type: string, inputs: string[], output: string, attributes: Record<string, Attribute> = {}): void {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, output).text(4, type);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.#message.message(1, node);
  }

  weight(name: string, shape: number[], data: Float32Array): void {
    const tensor = new Message();
    for (const size of shape) tensor.integer(1, size);
    tensor
      .integer(2, FLOAT)
      .text(8, name)
      .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#message.message(5, tensor);
  }

  input(value: Value): void {
    this.#message.message(11, valueInfo(value));
  }

  output(value: Value): void {
    this.#message.message(12, valueInfo(value));
  }

  /** The graph as an ONNX file. */
  finish(producer: string, metadata: Record<string, string>): Uint8Array {
    const model = new Message().integer(1, IR_VERSION).text(2, producer);
    model.message(7, this.#message).message(8, new Message().text(1, '').integer(2, OPSET));
    for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
    return model.finish();
  }
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, ATTRIBUTE_INT);
  if (!Array.isArray(value)) return message.float(2, value.float).integer(20, ATTRIBUTE_FLOAT);
  for (const item of value) message.integer(8, item);
  return message.integer(20, ATTRIBUTE_INTS);
}

function valueInfo({ name, shape }: Value): Message {
  const dimensions = new Message();
  for (const size of shape) {
    const dimension = new Message();
    if (typeof size === 'number') dimension.integer(1, size);
    else if (size !== undefined) dimension.text(2, size);
    dimensions.message(1, dimension);
  }
  const tensor = new Message().integer(1, FLOAT).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}
