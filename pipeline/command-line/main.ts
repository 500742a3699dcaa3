import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { readFileSync } from 'node:fs';
import { EngineError } from '../../operators/detect/engines/engine-error.ts';
import { SetError } from '../../operators/datasets/set-error.ts';
import { SourceError } from '../../operators/ingest/source.ts';
import { LearnerError } from '../../operators/learn/learner-error.ts';
import { StateError } from '../../operators/foundation/files/state-error.ts';
import { DetectionsFileError } from '../../sinks/json-lines.ts';
import { NatsCredentialsError } from '../../sinks/nats.ts';
import { PortError } from '../../sinks/http/http-server.ts';
import { StrategyError } from '../laboratory/learning/bench-learner.ts';
import { benchLearning } from '../laboratory/learning/bench-learning.ts';
import { CacheError } from '../laboratory/learning/cache-files.ts';
import { ProtocolError } from '../laboratory/protocols/protocol.ts';
import { parseCommandLine, UsageError } from './command-line.ts';
import { ConfigError } from '../configuration/config-error.ts';
import { evaluateSet } from '../batch/evaluate-set.ts';
import { createLog, type Log } from '../log.ts';
import { OutputError, print } from './print.ts';
import { run } from './run.ts';
import { RefusedError, teach } from '../batch/teach.ts';
import { probeReport, ReportError, writeReport } from './write-report.ts';

/** Errors whose message is one line for a person; anything else is a fault of the program. */
const expected = [
  ConfigError,
  SourceError,
  SetError,
  EngineError,
  LearnerError,
  StateError,
  PortError,
  DetectionsFileError,
  NatsCredentialsError,
  ReportError,
  OutputError,
  RefusedError,
  ProtocolError,
  StrategyError,
  CacheError,
];

/**
 * The command line. Sets the process's exit code: 0 fine, 2 bad usage or config, 130 or 143
 * interrupted, 1 anything else.
 *
 * The first SIGINT or SIGTERM ends a command in order, a second one at once. A run ends with exit
 * code 0 then: nothing else ends a camera. What was to be learned or measured is not there.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    const interrupted = new Interrupted(name);
    if (stop.signal.aborted) process.exit(interrupted.exitCode);
    stop.abort(interrupted);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  let log: Log = createLog({ level: 'info', format: 'auto' });
  const logAt = (level: string | undefined): Log => {
    if (level !== undefined) log = createLog({ level: level as 'info', format: 'auto' });
    return log;
  };
  try {
    await parseCommandLine(
      argv,
      {
        run: (flags) => run(flags, stop.signal).catch(unlessInterrupted),
        teach: (flags) =>
          withReport(flags.report, () => teach(flags, logAt(flags.logLevel), stop.signal)),
        evaluate: (flags) =>
          withReport(flags.report, () => evaluateSet(flags, logAt(flags.logLevel), stop.signal)),
        benchLearning: (flags) =>
          withReport(flags.report, () =>
            benchLearning(flags, version, logAt(flags.logLevel), stop.signal),
          ),
        print,
      },
      version,
    );
  } catch (error) {
    process.exitCode = exitCodeOf(error, log);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Does work and writes its report, to standard output where no file is named. */
async function withReport(file: string | undefined, work: () => Promise<object>): Promise<void> {
  if (file !== undefined) await probeReport(file);
  await writeReport(file ?? '-', await work());
}

class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** What a shell tells of a program that the signal killed. */
  readonly exitCode: 130 | 143;

  constructor(signal: NodeJS.Signals) {
    super('interrupted');
    this.exitCode = signal === 'SIGTERM' ? 143 : 130;
  }
}

function unlessInterrupted(error: unknown): void {
  if (!(error instanceof Interrupted)) throw error;
}

function exitCodeOf(error: unknown, log: Log): number {
  if (error instanceof UsageError) return 2;
  const message = messageOf(error);
  if (error instanceof Interrupted) {
    process.stderr.write(`lifelens: ${message}\n`);
    return error.exitCode;
  }
  // A SET that can't be understood is bad usage; one that can't be read is not.
  if (error instanceof ConfigError || (error instanceof SetError && error.code === 'bad-spec')) {
    process.stderr.write(`lifelens: ${message}\n`);
    return 2;
  }
  if (expected.some((kind) => error instanceof kind))
    process.stderr.write(`lifelens: ${message}\n`);
  else log.fatal({ err: error }, `unexpected: ${message}`);
  return 1;
}
