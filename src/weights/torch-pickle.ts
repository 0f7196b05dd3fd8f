import type { ByteReader } from './bytes.ts';
import { PickleGlobal, readPickle } from './pickle.ts';
import { quote } from '../base/quote.ts';
import { FORMATS, isWhole, Storage, TensorView } from './torch-tensor.ts';

/** A pickle of PyTorch's, and the storages that its tensors name; where their bytes are depends on the file's format. */
export interface TorchPickle {
  value: unknown;
  storages: Map<string, Storage>;
}

/**
 * Reads a pickle that may hold tensors (as `TensorView`) besides plain data, and leaves the reader behind it.
 *
 * @throws ModelError for anything else
 */
export function readTorchPickle(reader: ByteReader): TorchPickle {
  const storages = new Map<string, Storage>();
  const globals = new Map<string, PickleGlobal>();
  const add = (name: string, call?: (args: unknown[]) => unknown) => globals.set(name, new PickleGlobal(name, call));

  for (const name of Object.keys(FORMATS)) add(name);
  add('collections.OrderedDict', (args) => {
    if (args.length > 0) throw reader.error('its pickle makes an OrderedDict in an unknown way: save it again with Python 3');
    return new Map();
  });
  add('torch._utils._rebuild_parameter', ([data]) => data);
  // Arguments from the fifth on: requires_grad, hooks, metadata.
  add('torch._utils._rebuild_tensor_v2', ([storage, offset, shape, strides]) => {
    if (!(storage instanceof Storage)) throw reader.error('damaged: its pickle has a tensor without storage');
    return new TensorView(storage, offset, shape, strides);
  });

  /** The id of a storage is ('storage', class, key, device, count), in old files followed by what it views. */
  const persistent = (id: unknown): Storage => {
    const [tag, format, key, , count, viewed] = Array.isArray(id) ? (id as unknown[]) : [];
    if (
      tag !== 'storage' ||
      !(format instanceof PickleGlobal) ||
      !Object.hasOwn(FORMATS, format.name) ||
      typeof key !== 'string' ||
      !isWhole(count)
    ) {
      throw reader.error(`damaged: ${quote(id)} names no storage`);
    }
    if (viewed) throw reader.error(`storage ${quote(key)} is a view of another: save it again with PyTorch 1.0 or later`);
    const storage = storages.get(key) ?? new Storage(FORMATS[format.name], count);
    if (storage.count !== count || storage.format !== FORMATS[format.name])
      throw reader.error(`damaged: storage ${quote(key)} has two sizes or types`);
    storages.set(key, storage);
    return storage;
  };

  return { value: readPickle(reader, { globals, persistent }), storages };
}
