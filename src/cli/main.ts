#!/usr/bin/env node
// The program: its commands, and one way to end when something goes wrong.
import { readFileSync } from 'node:fs';
import { adaptCommand } from './adapt.ts';
import { benchCommand } from './bench.ts';
import { convertCommand } from './convert.ts';
import { unwritable } from '../files/write-file.ts';
import { detectCommand } from './detect.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { misuseOf, reportFailure } from './failure.ts';
import { prepareCommand } from './prepare.ts';
import { quantizeCommand } from './quantize.ts';
import { trainCommand } from './train.ts';
import { trainDetectorCommand } from './train-detector.ts';
import { videoCommand } from './video.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const program = detectCommand()
  .name('pipnet-wasm')
  .version(version, '--version', 'print the version')
  .helpCommand('help [command]', 'as --help, of a command too')
  // Options of a subcommand, such as --json, aren't the program's.
  .enablePositionalOptions()
  .addCommand(videoCommand())
  .addCommand(prepareCommand())
  .addCommand(convertCommand())
  .addCommand(quantizeCommand())
  .addCommand(exportCommand())
  .addCommand(evaluateCommand())
  .addCommand(trainCommand())
  .addCommand(trainDetectorCommand())
  .addCommand(adaptCommand())
  .addCommand(benchCommand());

for (const command of [program, ...program.commands]) {
  command.exitOverride(misuseOf(command)).configureOutput({ outputError: () => {} });
}

// `pipnet-wasm ... | head` ends the pipe before we do.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : reportFailure(unwritable('standard output', error)));
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
