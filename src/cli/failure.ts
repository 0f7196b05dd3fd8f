// How a failed command ends: one line on standard error that says what was wrong and what to do, no stack trace.
import { CommanderError, type Command } from 'commander';
import { ArgumentError, PipnetError } from '../base/errors.ts';
import { printable } from '../base/quote.ts';

/**
 * Prints why a command failed.
 *
 * @returns the exit code: 1, or 0 for `--help` and `--version`, which commander ends with an error too
 */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (process.env.PIPNET_DEBUG) console.error(error);
  else process.stderr.write(`${oneLine(explain(error))}\n`);
  return 1;
}

/** What a command is ended with that is misused: where its help is, is said too. For `exitOverride`. */
export function misuseOf(command: Command): (error: CommanderError) => never {
  return (error) => {
    if (error.exitCode === 0) throw error;
    const name = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
    throw new ArgumentError(`${error.message.replace(/^error: /, '').replace(/\.$/, '')}; see ${name} --help`);
  };
}

/** The line that a message is printed as. */
export function oneLine(message: string): string {
  return printable(`pipnet-wasm: ${message.replace(/\s*\n\s*/g, ' ')}`);
}

function explain(error: unknown): string {
  if (error instanceof PipnetError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `unexpected error: ${message} (a bug: please report it with the output of PIPNET_DEBUG=1 pipnet-wasm ...)`;
}
