/**
 * A network is data: a list of layers in order of execution, each naming the layers it reads. Nothing here computes.
 */
export type Activation = 'none' | 'relu' | 'relu6' | 'hardSwish' | 'hardSigmoid';

/** Index of a layer in `Network.layers`; stands for that layer's output. */
export type LayerId = number;

export interface Input {
  op: 'input';
  channels: number;
}

/** Convolution, then batch norm (if `norm`), then `residual` is added, then the activation. */
export interface Convolution {
  op: 'convolution';
  input: LayerId;
  residual?: LayerId;
  /** Prefix of `.weight` and, if `bias`, `.bias`. */
  name: string;
  bias: boolean;
  /** Prefix of the batch norm's parameters. */
  norm?: string;
  kernel: number;
  stride: number;
  padding: number;
  depthwise: boolean;
  inputChannels: number;
  channels: number;
  activation: Activation;
}

/** Padding never wins a maximum; an average counts it as zeros (PyTorch's `count_include_pad`). */
export interface Pool<Op extends 'maxPool' | 'averagePool' = 'maxPool' | 'averagePool'> {
  op: Op;
  input: LayerId;
  kernel: number;
  stride: number;
  padding: number;
  channels: number;
}

/** x * hardSigmoid(fc2(relu(fc1(mean over pixels of x)))), then the activation. */
export interface SqueezeExcite {
  op: 'squeezeExcite';
  input: LayerId;
  /** Prefixes of the two linear layers' `.weight` and `.bias`. */
  squeeze: string;
  excite: string;
  hidden: number;
  channels: number;
  activation: Activation;
}

/** Channels of the inputs one after the other. */
export interface Concat {
  op: 'concat';
  inputs: LayerId[];
  channels: number;
}

/** Concatenated ReLU (Shang et al. 2016): the ReLU of each channel, then the ReLU of its negative; twice as many channels. */
export interface CRelu {
  op: 'crelu';
  input: LayerId;
  channels: number;
}

export type Layer = Input | Convolution | Pool<'maxPool'> | Pool<'averagePool'> | SqueezeExcite | Concat | CRelu;

export interface Network {
  layers: Layer[];
  outputs: Record<string, LayerId>;
}

export const NORM_PARTS = ['weight', 'bias', 'running_mean', 'running_var'] as const;

type ConvolutionOptions = Partial<
  Pick<Convolution, 'norm' | 'kernel' | 'stride' | 'activation' | 'residual' | 'depthwise' | 'bias' | 'padding'>
>;

/** Appends layers to a network; every method returns the new layer's id. */
export class NetworkBuilder {
  readonly layers: Layer[] = [];

  input(channels: number): LayerId {
    return this.#push({ op: 'input', channels });
  }

  /** Defaults: 1x1, stride 1, "same" padding, no activation, a bias only where there is no batch norm. */
  convolution(input: LayerId, name: string, channels: number, options: ConvolutionOptions = {}): LayerId {
    const kernel = options.kernel ?? 1;
    return this.#push({
      op: 'convolution',
      input,
      name,
      kernel,
      stride: 1,
      padding: (kernel - 1) >> 1,
      depthwise: false,
      bias: options.norm === undefined,
      inputChannels: this.channels(input),
      channels,
      activation: 'none',
      ...options,
    });
  }

  pool(op: 'maxPool' | 'averagePool', input: LayerId, kernel: number, stride: number): LayerId {
    return this.#push({ op, input, kernel, stride, padding: (kernel - 1) >> 1, channels: this.channels(input) } as Pool<'maxPool'>);
  }

  squeezeExcite(input: LayerId, squeeze: string, excite: string, hidden: number, activation: Activation): LayerId {
    return this.#push({ op: 'squeezeExcite', input, squeeze, excite, hidden, channels: this.channels(input), activation });
  }

  concat(inputs: LayerId[]): LayerId {
    return this.#push({ op: 'concat', inputs, channels: inputs.reduce((sum, id) => sum + this.channels(id), 0) });
  }

  crelu(input: LayerId): LayerId {
    return this.#push({ op: 'crelu', input, channels: 2 * this.channels(input) });
  }

  channels(id: LayerId): number {
    return this.layers[id].channels;
  }

  #push(layer: Layer): LayerId {
    return this.layers.push(layer) - 1;
  }
}

/** Least and largest input of layers, by the layers' names: what is needed to compute them in int8. */
export type ActivationRanges = Record<string, [number, number]>;
