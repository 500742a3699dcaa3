import { Command, CommanderError } from 'commander';
import type { CheckFlags } from '../batch/check/check-set.ts';
import type { EvalFlags } from '../batch/evaluate-set.ts';
import type { CopyFlags } from '../batch/copy-state.ts';
import type { DoctorFlags } from '../batch/doctor/examine.ts';
import type { TeachFlags } from '../batch/teach.ts';
import type { RunFlags } from '../configuration/run-flags.ts';
import type { BenchLearningFlags } from '../laboratory/learning/bench-learning-flags.ts';
import { addBenchCommand } from './commands/bench-command.ts';
import { addBackupCommand, addRestoreCommand } from './commands/copy-commands.ts';
import { addCheckCommand } from './commands/check-command.ts';
import { addDoctorCommand } from './commands/doctor-command.ts';
import { addEvalCommand } from './commands/eval-command.ts';
import { addRunCommand } from './commands/run-command.ts';
import { addTeachCommand } from './commands/teach-command.ts';
import { UsageError } from './usage-error.ts';

/** Executes the commands of a command line; exactly one of these is called. */
export interface CommandHandlers {
  run(flags: RunFlags): Promise<void>;
  teach(flags: TeachFlags): Promise<void>;
  evaluate(flags: EvalFlags): Promise<void>;
  check(set: string, flags: CheckFlags): Promise<void>;
  doctor(flags: DoctorFlags): Promise<void>;
  benchLearning(flags: BenchLearningFlags): Promise<void>;
  backup(file: string, flags: CopyFlags): Promise<void>;
  restore(file: string, flags: CopyFlags): Promise<void>;
  /** Prints the output of `--help` or `--version`. */
  print(text: string): Promise<void>;
}

const help = `
The default command is run. lifelens COMMAND --help lists the options of a command.

Exit codes: 0 fine, 2 bad usage or config, 130 or 143 interrupted (0 for run), 1 anything else.`;

/**
 * Parses `argv` (without node and script) and calls the handler of its command.
 *
 * @throws UsageError after printing the reason; errors of handlers pass through.
 */
export async function parseCommandLine(
  argv: readonly string[],
  handlers: CommandHandlers,
  version: string,
): Promise<void> {
  let output = '';
  const program = buildProgram(handlers, version, (text) => (output += text));
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander ends --help and --version with an error of exit code 0.
    if (error.exitCode !== 0) throw new UsageError(error.message, { cause: error });
    await handlers.print(output);
  }
}

function buildProgram(
  handlers: CommandHandlers,
  version: string,
  writeOut: (text: string) => void,
): Command {
  const program = new Command('lifelens')
    .description(
      'Detects objects in camera feeds, finds unknown ones, learns them from labels, and swaps the new head in between two frames.',
    )
    .version(version)
    .configureOutput({ writeOut, outputError: (text, write) => write(inOneLine(text)) })
    .addHelpText('after', help)
    .exitOverride();
  addRunCommand(program, (flags) => handlers.run(flags));
  addTeachCommand(program, (flags) => handlers.teach(flags));
  addEvalCommand(program, (flags) => handlers.evaluate(flags));
  addCheckCommand(program, (set, flags) => handlers.check(set, flags));
  addDoctorCommand(program, (flags) => handlers.doctor(flags));
  addBenchCommand(program, (flags) => handlers.benchLearning(flags));
  addBackupCommand(program, (file, flags) => handlers.backup(file, flags));
  addRestoreCommand(program, (file, flags) => handlers.restore(file, flags));
  return program;
}

/** Joins an error of Commander and its suggestion; lifelens prints every error on one line. */
function inOneLine(text: string): string {
  const words = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
  return `lifelens: ${words.replace(/\.$/, '')}; see lifelens --help\n`;
}
