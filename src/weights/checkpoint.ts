/**
 * State dicts as `torch.save` writes them, in both of its formats, read without executing anything.
 *
 *   zip:     name/data.pkl, name/data/<key> for each storage, name/byteorder
 *   legacy:  pickles one after the other (magic number, protocol, system, value, list of keys),
 *            then for each key | u64 count | numbers |
 */
import type { ModelError } from '../base/errors.ts';
import { ByteReader } from './bytes.ts';
import { quote } from '../base/quote.ts';
import { elementCount, type Tensor } from './tensor.ts';
import { readTorchPickle } from './torch-pickle.ts';
import { readTensor, TensorView } from './torch-tensor.ts';
import { isZip, readZip } from './zip.ts';

// torch/serialization.py: MAGIC_NUMBER and PROTOCOL_VERSION.
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/** Where training scripts put the state dict among other things. */
const WRAPPERS = ['state_dict', 'model'];

/** What `DataParallel` adds to every name. */
const PARALLEL_PREFIX = 'module.';

/** A batch norm's step counter, of no use in inference. */
const COUNTER = 'num_batches_tracked';

/**
 * Reads the tensors of a PyTorch checkpoint as float32, whatever their type, strides and device. The state dict may be
 * the whole file or its `state_dict` or `model`. A prefix `module.` common to all names is left out, so are the step
 * counters of batch norms.
 *
 * @param label what messages call the file
 * @throws ModelError for a file that is damaged or holds anything but a state dict; a global such as `os.system` is
 *   refused by its name, never called
 */
export function readCheckpoint(bytes: Uint8Array, label = 'model'): Map<string, Tensor> {
  const reader = new ByteReader(bytes, label);
  const stateDict = unwrap(isZip(bytes) ? readZipFormat(reader) : readLegacyFormat(reader), reader);
  const parallel = [...stateDict.keys()].every((name) => name.startsWith(PARALLEL_PREFIX));

  // Many views of one storage could fill any memory; honest checkpoints hold each number once.
  let budget = bytes.length;
  const tensors = new Map<string, Tensor>();
  for (const [name, view] of stateDict) {
    if (name.split('.').at(-1) === COUNTER) continue;
    if (!view.isValid()) throw misfit(reader, name, view);
    if (!view.storage.bytes) throw reader.error(`cut short or damaged: it lacks the numbers of ${quote(name)}`);
    budget -= elementCount(view.shape);
    if (budget < 0) throw reader.error('its tensors hold more numbers than the file has bytes: save it without expanded or shared tensors');
    tensors.set(parallel ? name.slice(PARALLEL_PREFIX.length) : name, readTensor(view, view.storage.bytes));
  }
  return tensors;
}

function misfit(reader: ByteReader, name: string, { offset, shape, strides, storage }: TensorView): ModelError {
  return reader.error(
    `damaged: tensor ${quote(name)} (shape ${quote(shape)}, strides ${quote(strides)}, offset ${quote(offset)}) does not fit its storage of ${storage.count} numbers`,
  );
}

function unwrap(root: unknown, reader: ByteReader): Map<string, TensorView> {
  const wrapped = root instanceof Map ? WRAPPERS.map((key) => root.get(key) as unknown).find((value) => value instanceof Map) : undefined;
  const dict = wrapped ?? root;
  if (!(dict instanceof Map)) throw reader.error('holds no state dict: save one with torch.save(model.state_dict(), path)');
  for (const [name, value] of dict as Map<unknown, unknown>) {
    if (typeof name !== 'string') throw reader.error(`holds no state dict: ${quote(name)} is not the name of a tensor`);
    if (!(value instanceof TensorView)) {
      throw reader.error(
        `holds no state dict: ${quote(name)} is not a tensor: save model.state_dict(), alone or under "${WRAPPERS.join('" or "')}"`,
      );
    }
  }
  return dict as Map<string, TensorView>;
}

function readZipFormat(file: ByteReader): unknown {
  const entries = readZip(file.bytes, file.label);
  const pickleName = [...entries.keys()].find((name) => /^([^/]*\/)?data\.pkl$/.test(name));
  if (pickleName === undefined) throw file.error('a zip file without data.pkl, so not of torch.save');
  const folder = pickleName.slice(0, -'data.pkl'.length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder && new ByteReader(byteOrder, file.label).text(byteOrder.length) !== 'little') throw bigEndian(file);

  const { value, storages } = readTorchPickle(new ByteReader(entries.get(pickleName)!, file.label));
  for (const [key, storage] of storages) {
    const name = `${folder}data/${key}`;
    const numbers = entries.get(name);
    if (numbers?.length !== storage.byteLength) {
      throw file.error(
        `damaged: its entry ${quote(name)} has ${numbers?.length ?? 'no'} bytes, not ${storage.byteLength}: download it again`,
      );
    }
    storage.bytes = numbers;
  }
  return value;
}

function readLegacyFormat(file: ByteReader): unknown {
  // Anything that doesn't even begin as a pickle is another kind of file.
  if (file.bytes[0] !== 0x80) throw notACheckpoint(file);
  if (readTorchPickle(file).value !== LEGACY_MAGIC) throw notACheckpoint(file);
  const protocol = readTorchPickle(file).value;
  if (protocol !== LEGACY_PROTOCOL) throw file.error(`of an unknown format ${quote(protocol)}: save it again with torch.save`);
  const system = readTorchPickle(file).value;
  if (system instanceof Map && system.get('little_endian') === false) throw bigEndian(file);

  const { value, storages } = readTorchPickle(file);
  const keys = readTorchPickle(file).value;
  if (!Array.isArray(keys)) throw file.error('damaged: it lacks the list of its storages');
  for (const key of keys as unknown[]) {
    const storage = storages.get(key as string);
    const count = file.u64();
    if (storage?.count !== count || storage.bytes)
      throw file.error(`damaged: ${count} numbers of storage ${quote(key)}, ${storage?.count ?? 'none'} expected`);
    storage.bytes = file.take(storage.byteLength);
  }
  return value;
}

function notACheckpoint(file: ByteReader): ModelError {
  return file.error('neither a PyTorch checkpoint nor a safetensors file');
}

function bigEndian(file: ByteReader): ModelError {
  return file.error('written on a big-endian machine: save it again on another');
}
