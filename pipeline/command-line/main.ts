import { readFileSync } from 'node:fs';
import { exitCodeOf } from '../../operators/foundation/errors/error-codes.ts';
import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { backUp, restore } from '../batch/copy-state.ts';
import { evaluateSet } from '../batch/evaluate-set.ts';
import { endLimits } from '../application/supervision/end-limits.ts';
import { teach } from '../batch/teach.ts';
import type { Config } from '../configuration/config.ts';
import { benchLearning } from '../laboratory/learning/bench-learning.ts';
import { createLog, type Log } from '../log.ts';
import { check } from './check.ts';
import { doctor } from './doctor.ts';
import { parseCommandLine, type CommandHandlers } from './command-line.ts';
import { Interrupted } from './interrupted.ts';
import { print } from './print.ts';
import { run } from './run.ts';
import { UsageError } from './usage-error.ts';
import { probeReport, writeFileWhole, writeReport } from './write-report.ts';

/**
 * Runs a command line and sets the exit code of the process: 0 fine, 2 bad usage or config,
 * 130 or 143 interrupted, 1 anything else.
 *
 * The first SIGINT or SIGTERM ends the command in order, a second one at once. It is the normal
 * end of a `run`, which then exits with 0; the other commands have no result to report. A command
 * that has not ended after 2.8 s is ended without order, with 130 or 143.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  const stop = new AbortController();
  let isOver = false;
  const onSignal = (name: NodeJS.Signals): void => {
    const interrupted = new Interrupted(name === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
    if (stop.signal.aborted) process.exit(exitCodeOf(interrupted) ?? 1);
    stop.abort(interrupted);
    // For work that ends late or never. The end of the process leaves a state as it was committed.
    setTimeout(() => {
      if (!isOver) process.stderr.write('lifelens: interrupted\n');
      process.exit(isOver ? process.exitCode : (exitCodeOf(interrupted) ?? 1));
    }, endLimits.processMs).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let log: Log = createLog({ level: 'info', format: 'auto' });
  const logAt = (level: Config['log']['level'] | undefined): Log => {
    if (level !== undefined) log = createLog({ level, format: 'auto' });
    return log;
  };
  try {
    await parseCommandLine(argv, commandHandlers(version, logAt, stop.signal), version);
  } catch (error) {
    process.exitCode = reportError(error, log);
  } finally {
    isOver = true;
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function commandHandlers(
  version: string,
  logAt: (level: Config['log']['level'] | undefined) => Log,
  signal: AbortSignal,
): CommandHandlers {
  return {
    run: (flags) => run(flags, signal).catch(unlessInterrupted),
    teach: (flags) => withReport(flags.report, () => teach(flags, logAt(flags.logLevel), signal)),
    evaluate: (flags) =>
      withReport(flags.report, () => evaluateSet(flags, logAt(flags.logLevel), signal)),
    check: (set, flags) => check(set, flags, logAt(flags.logLevel), signal),
    doctor: (flags) => doctor(flags, signal),
    benchLearning: async (flags) => {
      const { outcomes } = flags;
      if (outcomes !== undefined) await probeReport(outcomes);
      const write = (bytes: Uint8Array) => writeFileWhole(outcomes!, bytes);
      const log = logAt(flags.logLevel);
      await withReport(flags.report, () => benchLearning(flags, version, log, signal, write));
    },
    backup: async (file, flags) => print(await backUp(file, flags, logAt(undefined))),
    restore: async (file, flags) => print(await restore(file, flags)),
    print,
  };
}

/** Runs `work` and writes its report to `file`, or to standard output. */
async function withReport(file: string | undefined, work: () => Promise<object>): Promise<void> {
  if (file !== undefined) await probeReport(file);
  await writeReport(file ?? '-', await work());
}

function unlessInterrupted(error: unknown): void {
  if (!(error instanceof Interrupted)) throw error;
}

/**
 * Prints an error of the error table as one line, and logs any other, a fault of the program, with
 * its stack. Returns the exit code.
 */
function reportError(error: unknown, log: Log): number {
  const exitCode = exitCodeOf(error);
  const message = messageOf(error);
  if (exitCode === null) {
    log.fatal({ err: error }, `unexpected: ${message}`);
    return 1;
  }
  // The reason of a usage error has been printed by the parser.
  if (!(error instanceof UsageError)) process.stderr.write(`lifelens: ${message}\n`);
  return exitCode;
}
