// The default command: finds faces and landmarks in pictures, prints and draws them.
import { Command, Option } from 'commander';
import { ArgumentError, PipnetError } from '../base/errors.ts';
import { decodeImage, readImageBytes, readImageStream } from '../runtimes/node/decode.ts';
import { NO_DETECTOR } from '../pipnet.ts';
import { loadPipnet, type Pipnet } from '../runtimes/node/index.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import type { Box } from '../base/types.ts';
import type { AlignOptions } from '../faces/align-face.ts';
import { crops, writeCrops } from './crops.ts';
import { DRAWING_FORMATS, draw, drawingFormatOf, type DrawingFormat } from './drawing.ts';
import { oneLine } from './failure.ts';
import { OUTPUT_FORMATS, printerFor, type OutputFormat } from './formats.ts';
import { findPictures, labelOf, STDIN } from './inputs.ts';
import { writeLabels } from './labels.ts';
import { box, detectorOption, modelOption, number, parsed, wholeNumber } from './options.ts';
import { planOutputs, type Outputs } from './outputs.ts';
import { Progress } from './progress.ts';
import { advice, type PictureResult } from './report.ts';

interface Options {
  format?: OutputFormat;
  json?: true;
  out?: string;
  /** false: none; a format: asked for. */
  draw?: DrawingFormat | false;
  crops?: AlignOptions;
  model?: string;
  detector?: string;
  threshold?: number;
  detectSize?: number;
  box?: Box[];
  refine: boolean;
  threads?: number;
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
    .option('--verbose', 'print kernels and memory to standard error')
    .addHelpText('after', EXAMPLES)
    .action(async (images: string[], options: Options) => {
      if (!(await detect(images, options))) process.exitCode = 1;
    });
}

/** @returns whether all pictures could be read and their drawings written */
async function detect(args: string[], options: Options): Promise<boolean> {
  const pictures = await findPictures(args);
  const { out, draw, crops, json, format = json ? 'json' : 'text' } = options;
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
  const pipnet = await load(options);

  const printer = printerFor(format, pipnet.info().landmarks);
  const print = (lines: string[] = []) => lines.forEach((line) => process.stdout.write(`${line}\n`));
  print(printer.begin?.());
  const progress = new Progress(pictures.length);
  let failures = 0;
  let without = 0;
  let isFirst = true;
  try {
    for (const picture of pictures) {
      try {
        const planned = outputs?.get(picture);
        const result = await detectOne(pipnet, picture, options, planned && (draws(picture) ? planned : { stem: planned.stem }));
        if (result.faces.length === 0) without++;
        progress.print(printer.picture({ ...result, isFirst }), process.stdout);
        isFirst = false;
      } catch (error) {
        if (!(error instanceof PipnetError)) throw error;
        failures++;
        if (printer.failure) progress.print(printer.failure(picture, error), process.stdout);
        else progress.print([failureLine(labelOf(picture), error)], process.stderr);
      }
    }
  } finally {
    progress.stop();
  }
  print(printer.end?.());
  if (without > 0 && format === 'text') console.error(oneLine(advice(without, pictures.length, options)));
  if (options.verbose) printInfo(pipnet);
  pipnet.dispose();
  return failures === 0;
}

function load({ model, detector, box, threads = 1 }: Options): Promise<Pipnet> {
  return loadPipnet({ threads, model, detector: box ? NO_DETECTOR : detector });
}

/** @param outputs the files to be written, if any; without `drawing` the picture isn't drawn */
async function detectOne(pipnet: Pipnet, image: string, options: Options, outputs?: Outputs): Promise<PictureResult> {
  const label = labelOf(image);
  const bytes = await (image === STDIN ? readImageStream(process.stdin, label) : readImageBytes(image));

  const start = performance.now();
  const pixels = await decodeImage(bytes, label);
  const milliseconds = { decode: performance.now() - start, detection: 0, landmarks: 0 };
  const { threshold, detectSize, box, refine } = options;
  const faces = await pipnet.detect(pixels, {
    threshold,
    detectSize,
    boxes: box,
    refine,
    onTimes: ({ detection, landmarks }) => Object.assign(milliseconds, { detection: box ? 0 : detection, landmarks }),
  });
  const { width, height } = pixels;
  const result: PictureResult = { image, width, height, milliseconds, faces };
  if (outputs === undefined || faces.length === 0) return result;
  const { drawing, stem } = outputs;
  if (options.format === 'pts') result.labels = await writeLabels(faces, stem);
  if (drawing !== undefined) {
    await writeFileAtomic(drawing, await draw(drawingFormatOf(drawing)!, { file: bytes, pixels, label }, faces));
    result.drawing = drawing;
  }
  if (options.crops) result.crops = await writeCrops(pixels, faces, stem, options.crops);
  return result;
}

/** Errors of pictures name the picture themselves; those of boxes and drawings may not. */
function failureLine(label: string, { message }: PipnetError): string {
  return oneLine(message.includes(label) ? message : `${label}: ${message}`);
}

function printInfo(pipnet: Pipnet): void {
  const { backbone, landmarks, kernels, threads, weightBytes, arenaBytes, memoryBytes } = pipnet.info();
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.error(`${backbone}, ${landmarks} landmarks, ${kernels} kernels, threads: ${threads}`);
  console.error(`memory: weights ${mib(weightBytes)}, activations ${mib(arenaBytes)} at their peak, ${mib(memoryBytes)} in all`);
}
