// What every reader gives: faces somewhere in pictures, with landmarks, a box, both or none.
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { linesOf } from '../base/lines.ts';
import { DataError } from '../base/errors.ts';
import { readText } from '../files/read-text.ts';
import type { LabelOffset } from '../base/label-offset.ts';
import type { Box, Face as FoundFace, Pixels } from '../base/types.ts';

/** A face of a dataset. */
export interface Face {
  /** Path of the picture below the dataset, or a name made up for it. */
  name: string;
  /** Where the face stands, `list.txt:12`, for messages. */
  source: string;
  /** Landmarks in pixels of the picture counted from 0, x y x y ...; none if the face isn't labelled. */
  points?: Float64Array;
  /** Where its landmarks lie beside what the picture shows, see base/label-offset.ts. */
  labelOffset?: LabelOffset;
  /** The dataset's own box of the face. */
  box?: Box;
  /**
   * Reads and decodes its picture.
   *
   * @throws ImageError if the picture can't be read
   */
  read(): Promise<Pixels>;
}

/** A picture and what was found in it, to be written as labels; `image` is its path. */
export interface LabelledPicture {
  image: string;
  width: number;
  height: number;
  faces: readonly Pick<FoundFace, 'box' | 'score' | 'landmarks'>[];
}

/** Where a dataset is. */
export interface DatasetSource {
  /** Folder, list or .mat file. */
  path: string;
  /** Folder of the pictures, where they aren't beside the labels. */
  images?: string | undefined;
  /** File with boxes of unlabelled faces. */
  boxes?: string | undefined;
  /** Part of a dataset that holds both. */
  part?: 'train' | 'test' | undefined;
}

/** Lines of a text file that aren't blank, each with its `file:line`. */
export async function readLines(path: string): Promise<{ words: string[]; source: string }[]> {
  return linesOf(await readText(path, 'the list'), path).map(({ line, source }) => ({ words: line.split(/\s+/), source }));
}

/** Files below a folder whose name matches, as sorted paths from the folder with `/` between parts. */
export async function filesBelow(folder: string, pattern: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `can't read the folder ${folder}: ${error.code === 'ENOENT' ? 'there is no such folder' : error.code === 'ENOTDIR' ? 'it is a file' : error.message}`,
    );
  });
  return entries
    .filter((entry) => !entry.isDirectory() && pattern.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
}
