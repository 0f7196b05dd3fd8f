// The default command: finds faces and landmarks in pictures, prints and draws them.
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { ArgumentError, PipnetError } from '../base/errors.ts';
import type { PipnetInfo } from '../api.ts';
import type { Box } from '../base/types.ts';
import { whileLocked } from '../files/lock.ts';
import { crops } from './crops.ts';
import { findHere, type Finder, type FindOptions } from './detect-one.ts';
import { DRAWING_FORMATS, type DrawingFormat } from './drawing.ts';
import { oneLine } from './failure.ts';
import { OUTPUT_FORMATS, printerFor } from './formats.ts';
import { findPictures, labelOf, STDIN } from './inputs.ts';
import { inOrder, Jobs } from './jobs.ts';
import { box, detectorOption, modelOption, number, parsed, wholeNumber } from './options.ts';
import { planOutputs } from './outputs.ts';
import { Progress } from './progress.ts';
import { advice } from './report.ts';
import { ResultsFile } from './results-file.ts';

interface Options extends FindOptions {
  json?: true;
  out?: string;
  /** false: none; a format: asked for. */
  draw?: DrawingFormat | false;
  jobs?: number;
  resume?: string;
  verbose?: true;
}

const EXAMPLES = `
Faces go to standard output, drawings beside each picture as <name>.landmarks.png; of standard input only if --out or --draw
asks for one. Points are blue where the network is sure and orange where it is not. A picture without faces is no error and
gets no drawing. Times of the first picture are "cold": with what it takes to compile the kernels.

Examples:
  $ pipnet-wasm photo.jpg
  $ pipnet-wasm 'holiday/*.jpg' portraits --out drawings
  $ pipnet-wasm --json holiday > faces.jsonl
  $ pipnet-wasm --json --jobs 4 --resume faces.jsonl archive
  $ pipnet-wasm --box 125,410,133,183 --out face.png photo.jpg
  $ pipnet-wasm --format coco photos > faces.json
  $ pipnet-wasm --crops ffhq:512 --no-draw portraits
  $ cat photo.jpg | pipnet-wasm --json -`;

/** `pipnet-wasm <image...>`, to be given its name and subcommands. */
export function detectCommand(): Command {
  return new Command()
    .description('find faces and their landmarks in pictures')
    .argument('<image...>', 'JPEG, PNG, BMP, GIF, WebP or AVIF: files, folders, quoted globs, or - for standard input')
    .addOption(
      new Option('--format <name>', 'what to print; all but text draw only if --out or --draw is given; pts writes a file a face').choices(
        OUTPUT_FORMATS,
      ),
    )
    .addOption(new Option('--json', 'as --format json: one JSON object per picture and line').conflicts('format'))
    .option('--out <path>', 'folder for drawings and crops, or a file (.png, .jpg, .svg) for the drawing of a single picture')
    .addOption(new Option('--draw <format>', 'what drawings are: png, which is the default, jpg or svg').choices(DRAWING_FORMATS))
    .option('--no-draw', 'write no drawings')
    .addOption(
      parsed(
        '--crops <size>',
        'cut the faces out too, upright, as <name>.face1.png: 112 pixels as recognition takes them, or ffhq:256, eyes:256',
        crops,
      ),
    )
    .addOption(modelOption())
    .addOption(detectorOption('face detector'))
    .addOption(parsed('--threshold <score>', 'least score of a face, 0 to 1 (default: 0.6)', number(0, 1)))
    .addOption(parsed('--detect-size <pixels>', 'longest side of the picture for the detector (default: 1280)', wholeNumber(1, 8192)))
    .addOption(
      new Option('--box <x,y,width,height>', 'a face that is known already: skips detection; may be repeated')
        .argParser((text, before: Box[] = []) => [...before, box(text, '--box')])
        .conflicts(['detector', 'threshold', 'detectSize']),
    )
    .option('--no-refine', 'read landmarks once instead of twice: half the time, less exact')
    .addOption(parsed('--threads <n>', 'threads that share the work (default: 1)', wholeNumber(1, 16)))
    .addOption(parsed('--jobs <n>', 'pictures that are looked at at once, for many (default: 1)', wholeNumber(1, 64)))
    .option(
      '--resume <file>',
      'with --json: add to this file what it lacks of the pictures, instead of printing; what was killed goes on by the same command',
    )
    .option('--verbose', 'print kernels and memory to standard error')
    .addHelpText('after', EXAMPLES)
    .action(async (images: string[], options: Options) => {
      const run = () => detect(images, options);
      const allWell = await (options.resume === undefined ? run() : whileLocked(options.resume, run));
      if (!allWell) process.exitCode = 1;
    });
}

/** @returns whether all pictures could be read and their drawings written */
async function detect(args: string[], options: Options): Promise<boolean> {
  const pictures = await findPictures(args);
  const { out, draw, crops, jobs = 1, resume, json, format = json ? 'json' : 'text' } = options;
  if (resume !== undefined && format !== 'json') throw new ArgumentError(`--resume ${resume} is for JSON Lines: give --json too`);
  const forFiles = jobs > 1 ? '--jobs' : resume !== undefined ? '--resume' : undefined;
  if (forFiles && pictures.includes(STDIN)) throw new ArgumentError(`${forFiles} is for files, not for standard input: leave it out`);
  const labels = format === 'pts';
  if (out !== undefined && draw === false && !crops && !labels)
    throw new ArgumentError(`--out ${out} and --no-draw: nothing is left to be written there`);
  // Of a picture that is piped in, and with another format, drawings are made only for who asks for them.
  const asked = draw !== undefined || (out !== undefined && !labels);
  const draws = (picture: string) => draw !== false && (asked || (format === 'text' && picture !== STDIN));
  const writes = crops || labels || pictures.some(draws);
  const outputs = writes ? await planOutputs(pictures, out, draw || undefined) : undefined;
  // The decoders print remarks of their own; standard output is for results.
  console.log = () => {};
  const results = resume === undefined ? undefined : await ResultsFile.open(resume);
  const left = results ? pictures.filter((picture) => !results.done.has(resolve(picture))) : pictures;
  const atOnce = Math.min(jobs, left.length);
  const finder: Finder = atOnce > 1 ? await Jobs.start(atOnce, options) : await findHere(options);

  const printer = printerFor(format, finder.info().landmarks);
  const print = (lines: string[] = []) => lines.forEach((line) => process.stdout.write(`${line}\n`));
  print(printer.begin?.());
  const progress = new Progress(pictures.length, pictures.length - left.length);
  const output = results ?? process.stdout;
  const find = (image: string) => {
    const planned = outputs?.get(image);
    return finder.find({ image, outputs: planned && (draws(image) ? planned : { stem: planned.stem }) });
  };
  let failures = 0;
  let without = 0;
  let isFirst = true;
  try {
    // So many begun that nobody waits for a slow one; their results wait for it, to come in the order of the pictures.
    for (const [picture, found] of inOrder(left, atOnce === 1 ? 1 : 4 * atOnce, find)) {
      const result = await found.catch((error: unknown) => {
        if (error instanceof PipnetError) return error;
        throw error;
      });
      // What can't be printed is no fault of the picture: it ends the run.
      if (result instanceof PipnetError) {
        failures++;
        if (printer.failure) progress.print(printer.failure(picture, result), output);
        else progress.print([failureLine(labelOf(picture), result)], process.stderr);
      } else {
        if (result.faces.length === 0) without++;
        progress.print(printer.picture({ ...result, isFirst }), output);
        isFirst = false;
      }
    }
  } finally {
    progress.stop();
  }
  print(printer.end?.());
  if (without > 0 && format === 'text') console.error(oneLine(advice(without, left.length, options)));
  if (options.verbose) printInfo(finder.info());
  finder.dispose();
  results?.close();
  return failures === 0;
}

/** Errors of pictures name the picture themselves; those of boxes and drawings may not. */
function failureLine(label: string, { message }: PipnetError): string {
  return oneLine(message.includes(label) ? message : `${label}: ${message}`);
}

function printInfo({ backbone, landmarks, kernels, threads, weightBytes, arenaBytes, memoryBytes }: PipnetInfo): void {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.error(`${backbone}, ${landmarks} landmarks, ${kernels} kernels, threads: ${threads}`);
  console.error(`memory: weights ${mib(weightBytes)}, activations ${mib(arenaBytes)} at their peak, ${mib(memoryBytes)} in all`);
}
