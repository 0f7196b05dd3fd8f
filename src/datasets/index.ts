// The datasets that can be read, by the name of their format.
import { checkCounts } from '../base/samples.ts';
import { DataError } from '../base/errors.ts';
import { oneOf, path, read, readOptions, type Table } from '../base/options.ts';
import type { DatasetSource, Face } from './face.ts';

export type { DatasetSource, Face };

interface Reader {
  /** What its source is, as the help of `prepare` says it. */
  source: string;
  /** The reader, which is loaded when it is needed. */
  load(): Promise<(source: DatasetSource) => Promise<Face[]>>;
}

const READERS = {
  '300w': {
    source: 'folder of pictures, each with a .pts file beside it; folders in it too',
    load: async () => (await import('./folders-300w.ts')).read300w,
  },
  wflw: {
    source: 'list_98pt_rect_attr_train.txt or _test.txt; pictures in WFLW_images',
    load: async () => (await import('./wflw.ts')).readWflw,
  },
  cofw: { source: 'COFW_train_color.mat or COFW_test_color.mat', load: async () => (await import('./cofw.ts')).readCofw },
  aflw: { source: 'AFLWinfo_release.mat; pictures in flickr beside it', load: async () => (await import('./aflw.ts')).readAflw },
  coco: {
    source: 'JSON of COCO keypoints; pictures beside it',
    load: async () => (await import('./coco.ts')).readCoco,
  },
  cvat: {
    source: 'XML 1.1 of CVAT for images, points or skeletons; pictures beside it',
    load: async () => (await import('./cvat.ts')).readCvat,
  },
  list: {
    source: 'lines of "name x0 y0 x1 y1 ...", landmarks in pixels; pictures beside the list',
    load: async () => (await import('./plain.ts')).readPlain,
  },
  folder: {
    source: 'pictures without landmarks; their faces from --boxes ("name x0 y0 x1 y1"), or found by the detector',
    load: async () => (await import('./plain.ts')).readFolder,
  },
} satisfies Record<string, Reader>;
/** The name of a format. */
export type DatasetFormat = keyof typeof READERS;
/** The names of all formats. */
export const DATASET_FORMATS = Object.keys(READERS) as DatasetFormat[];

/** What the source of a format is. */
export const sourceOf = (format: DatasetFormat): string => READERS[format].source;

const SOURCE: Table<DatasetSource> = { path, images: path, boxes: path, part: oneOf('train', 'test') };

/**
 * Reads the labels of a dataset; its pictures are read when they are asked for.
 *
 * @throws DataError that names file and line, for anything that doesn't follow the format
 * @throws ArgumentError for an unknown format, or a source that names no file
 */
export async function readDataset(format: DatasetFormat, source: DatasetSource): Promise<Face[]> {
  const reader = await READERS[read(format, 'format', oneOf(...DATASET_FORMATS))].load();
  const faces = await reader(readOptions(source, SOURCE, 'readDataset', ['path']));
  if (faces.length === 0) throw new DataError(`${source.path}: no faces`);
  checkCounts(faces);
  return faces;
}
