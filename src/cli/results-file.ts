// A file of JSON Lines that runs add to: one that was killed is taken up where it was.
import { closeSync, createReadStream, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { ArgumentError, DataError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import { unwritable } from '../files/write-file.ts';

const NEWLINE = 0x0a;
/** How each line of `--json` begins. */
const BEGIN = '{"schemaVersion":1,"image":';

export class ResultsFile {
  /** Whole paths of the pictures that it has lines of. */
  readonly done: ReadonlySet<string>;
  readonly #path: string;
  readonly #file: number;

  /**
   * Opens the file, or makes it. The beginning of a line after its last whole one is what a killed run left, and is cut off.
   *
   * @throws DataError for what `--json` didn't write, ArgumentError if it can't be written to
   */
  static async open(path: string): Promise<ResultsFile> {
    let file: number;
    try {
      file = openSync(path, 'a+');
    } catch (error) {
      throw unwritable(path, error);
    }
    try {
      if (!fstatSync(file).isFile()) throw new ArgumentError(`${path} is no file that can be added to: name another one`);
      const { images, end } = await readWhole(path);
      ftruncateSync(file, end);
      return new ResultsFile(path, file, images);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  private constructor(path: string, file: number, done: Set<string>) {
    this.#path = path;
    this.#file = file;
    this.done = done;
  }

  /** Adds lines: once this returns, the end of the process doesn't take them away. */
  write(text: string): void {
    writeWhole(this.#file, this.#path, text);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** @throws ArgumentError if the file can't be written to */
export function writeWhole(file: number, path: string, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The pictures of all whole lines, and where the last of these ends. */
async function readWhole(path: string): Promise<{ images: Set<string>; end: number }> {
  const images = new Set<string>();
  let rest: Buffer[] = [];
  let end = 0;
  let lines = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, to)]);
      lines++;
      const text = line.toString().trim();
      if (text !== '') images.add(resolve(imageOf(text, `${path}:${lines}`)));
      end += line.length + 1;
      rest = [];
      from = to + 1;
    }
    rest.push(chunk.subarray(from));
  }
  const left = Buffer.concat(rest).toString();
  if (!BEGIN.startsWith(left.slice(0, BEGIN.length))) throw noLine(left, `${path}:${lines + 1}`);
  return { images, end };
}

function imageOf(line: string, place: string): string {
  try {
    const { schemaVersion, image } = JSON.parse(line);
    if (schemaVersion === 1 && typeof image === 'string') return image;
  } catch {
    // No JSON is no line of ours either.
  }
  throw noLine(line, place);
}

function noLine(text: string, place: string): DataError {
  return new DataError(`${place}: ${quote(text)} is no line of --json: name another file, or delete that line`);
}
