// The datasets that can be read, by the name of their format.
import { checkCounts } from '../base/samples.ts';
import { DataError } from '../base/errors.ts';
import { oneOf, path, read, readOptions, type Table } from '../base/options.ts';
import { readAflw } from './aflw.ts';
import { readCofw } from './cofw.ts';
import type { DatasetSource, Face } from './face.ts';
import { read300w } from './folders-300w.ts';
import { readFolder, readPlain } from './plain.ts';
import { readWflw } from './wflw.ts';

export type { DatasetSource, Face };

const READERS = { '300w': read300w, wflw: readWflw, cofw: readCofw, aflw: readAflw, list: readPlain, folder: readFolder };
/** The name of a format. */
export type DatasetFormat = keyof typeof READERS;
/** The names of all formats. */
export const DATASET_FORMATS = Object.keys(READERS) as DatasetFormat[];

const SOURCE: Table<DatasetSource> = { path, images: path, boxes: path, part: oneOf('train', 'test') };

/**
 * Reads the labels of a dataset; its pictures are read when they are asked for.
 *
 * @throws DataError that names file and line, for anything that doesn't follow the format
 * @throws ArgumentError for an unknown format, or a source that names no file
 */
export async function readDataset(format: DatasetFormat, source: DatasetSource): Promise<Face[]> {
  const reader = READERS[read(format, 'format', oneOf(...DATASET_FORMATS))];
  const faces = await reader(readOptions(source, SOURCE, 'readDataset', ['path']));
  if (faces.length === 0) throw new DataError(`${source.path}: no faces`);
  checkCounts(faces);
  return faces;
}
