import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { defaultStrategy, strategyNames } from '../../operators/learn/strategies/strategy-registry.ts';
import { benchedNames } from '../laboratory/learning/ablations.ts';
import { machineKeys } from '../laboratory/learning/learning-report.ts';
import { describeProtocols, protocolNames } from '../laboratory/protocols/index.ts';

/** What `lifelens run` was asked for; absent keys fall back to the config file, then to the defaults. */
export interface RunFlags {
  readonly source?: string;
  readonly config?: string;
  readonly fast?: boolean;
  readonly loop?: boolean;
  readonly frames?: number;
  readonly seconds?: number;
  readonly fps?: number;
  readonly size?: 320 | 512;
  readonly engine?: 'auto' | 'onnx' | 'tfjs';
  readonly threads?: number;
  readonly state?: string;
  readonly seed?: number;
  readonly dashboard: boolean;
  readonly port?: number;
  readonly detections?: string;
  readonly report?: string;
  readonly compareEngine?: boolean;
  readonly logLevel?: string;
}

export interface TeachFlags {
  readonly train: string;
  readonly state: string;
  readonly size?: 320 | 512;
  readonly engine?: 'auto' | 'onnx' | 'tfjs';
  readonly strategy?: string;
  readonly seed?: number;
  readonly report?: string;
  readonly logLevel?: string;
}

export interface EvalFlags {
  readonly test: string;
  readonly state?: string;
  readonly size?: 320 | 512;
  readonly engine?: 'auto' | 'onnx' | 'tfjs';
  readonly report?: string;
  readonly logLevel?: string;
}

export interface BenchLearningFlags {
  readonly train: string;
  readonly test: string;
  readonly protocol: string;
  readonly strategy: string;
  readonly seed?: number;
  readonly memory?: number;
  readonly size?: 320 | 512;
  readonly engine?: 'auto' | 'onnx' | 'tfjs';
  readonly cache?: string;
  readonly images?: number;
  readonly checkpoints?: number;
  readonly report?: string;
  readonly logLevel?: string;
}

export interface CommandHandlers {
  run(flags: RunFlags): Promise<void>;
  teach(flags: TeachFlags): Promise<void>;
  evaluate(flags: EvalFlags): Promise<void>;
  benchLearning(flags: BenchLearningFlags): Promise<void>;
  /** Told what `--help` and `--version` answer. */
  print(text: string): Promise<void>;
}

/** The command line was not understood; the reason has been printed already. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const positiveInteger = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('expected a whole number from 1.');
  }
  return value;
};

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('expected a whole number from 0.');
  }
  return value;
};

const positiveNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('expected a number above 0.');
  }
  return value;
};

const port = (text: string): number => {
  const value = wholeNumber(text);
  if (value > 65535) throw new InvalidArgumentError('expected a port from 0 to 65535.');
  return value;
};

const size = (text: string): number => {
  if (text !== '320' && text !== '512') throw new InvalidArgumentError('expected 320 or 512.');
  return Number(text);
};

const sizeOption = (): Option =>
  new Option('--size <pixels>', 'side of the detector’s view: 320 or 512 (default: 320)').argParser(
    size,
  );
const engineOption = (): Option =>
  new Option('--engine <name>', 'runtime of the detector (default: auto)').choices([
    'auto',
    'onnx',
    'tfjs',
  ]);
const logLevelOption = (): Option =>
  new Option('--log-level <level>', 'how much to log (default: info)').choices([
    'silent',
    'error',
    'warn',
    'info',
    'debug',
    'trace',
  ]);
const reportOption = (): Option =>
  new Option('--report <file>', 'write the JSON report there (- for standard output)');

const setHelp = `
A SET of labelled pictures is one of
  voc:ANNOTATIONS:IMAGES[:LIST]   Pascal VOC XML files, their pictures, optionally a file of ids
  coco:FILE.json:IMAGES           COCO instances
  yolo:DIR                        YOLO txt files beside pictures, or in labels/ for those in images/;
                                  names in data.yaml or classes.txt, there or up to 3 folders up;
                                  yolo:D/images/train takes D/labels/train with it, while
                                  yolo:D takes train and val alike, with a warning
What can be mended in a set is counted, warned of and reported; all else that is wrong is an error.`;

const runHelp = `
Sources
  world                    a simulated camera with known and novel objects (default)
  clip.mp4                 a video file, at its own speed; --fast: as fast as the detector can
  pictures/                a folder of images
  rtsp://…  http://…       a network camera or stream
  /dev/video0              a webcam

Examples
  lifelens run                                       watch the simulated camera at http://127.0.0.1:8080
  lifelens run --source rtsp://camera/stream --state ./state
  lifelens run --source clip.mp4 --fast --no-dashboard --detections out.jsonl --report -
  lifelens run --config lifelens.yaml                several cameras, NATS, everything else

Exit codes: 0 fine, Ctrl-C included, 2 bad usage or config, 1 anything else.`;

const teachHelp = `${setHelp}

Example
  lifelens teach --train voc:annotations:images:train.txt --state ./state --report -`;

const programHelp = `
Without a command, run is meant. lifelens COMMAND --help tells the options of each.

Exit codes: 0 fine, 2 bad usage or config, 130 or 143 interrupted (0 for run), 1 anything else.`;

const evalHelp = `${setHelp}

The report: {"images","ap50","ap","msPerImage","mended","perClass":{name:{"ap50","ap","objects"}}}

Example
  lifelens eval --test voc:annotations:images:test.txt --state ./state --report -`;

const benchHelp = `${setHelp}

Protocols
${describeProtocols()}

Strategies: default, ${benchedNames.join(', ')}

The report: {"map50","map","omega","forgetting","bwt","fwt","perStep":[…],"perClass":{…},"updateMs","cpuMs",
"bytes","bytesMax","peakRssBytes","labelToLiveMs",…}. The same seed gives the same report but for its times
and what it says of the machine: ${machineKeys.join(', ')}.

Example
  lifelens bench learning --train voc:annotations:images:train.txt --test voc:annotations:images:test.txt \\
    --protocol all --strategy default --memory 4194304 --report -`;

/** Commander spreads an error and its suggestion over lines; all other errors of lifelens take one. */
function inOneLine(text: string): string {
  const words = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
  return `lifelens: ${words.replace(/\.$/, '')}; lifelens --help tells what is understood\n`;
}

function buildProgram(
  handlers: CommandHandlers,
  version: string,
  writeOut: (text: string) => void,
): Command {
  const program = new Command('lifelens')
    .description(
      'Watches cameras, detects what it knows, notices what it does not, learns it once named, and swaps the new weights in between two frames.',
    )
    .version(version)
    .configureOutput({ writeOut, outputError: (text, write) => write(inOneLine(text)) })
    .addHelpText('after', programHelp)
    .exitOverride();
  program
    .command('run', { isDefault: true })
    .description('watch one source, or the cameras of a config file, until they end or Ctrl-C')
    .addOption(new Option('--source <source>', 'what to watch, see below (default: world)'))
    .option('--config <file>', 'YAML or JSON configuration; flags win over it')
    .option('--fast', 'take every frame, as quickly as the detector does; drop none')
    .option('--loop', 'start a file or folder again when it ends')
    .addOption(
      new Option('--frames <n>', 'stop after this many captured frames').argParser(positiveInteger),
    )
    .addOption(new Option('--seconds <n>', 'stop after this time').argParser(positiveNumber))
    .addOption(
      new Option('--fps <n>', 'take at most this many frames a second').argParser(positiveNumber),
    )
    .addOption(sizeOption())
    .addOption(engineOption())
    .addOption(
      new Option('--threads <n>', 'threads of the detector (default: cores - 1)').argParser(
        positiveInteger,
      ),
    )
    .option('--state <folder>', 'keep heads, samples and learner there, and go on from them')
    .addOption(
      new Option('--seed <n>', 'seed of everything random (default: 1)').argParser(wholeNumber),
    )
    .option('--no-dashboard', 'serve no dashboard, WebSocket and /metrics')
    .addOption(
      new Option(
        '--port <n>',
        'port of the dashboard, 0 for any free one (default: 8080)',
      ).argParser(port),
    )
    .option('--detections <file>', 'write a JSON line per detected frame there')
    .addOption(reportOption())
    .option('--compare-engine', 'measure the bare engine on the same frames afterwards (engineFps)')
    .addOption(logLevelOption())
    .addHelpText('after', runHelp)
    .action((flags: RunFlags) => handlers.run(flags));
  addSetCommands(program, handlers);
  addBenchCommand(program, handlers);
  return program;
}

/** The two commands that work on labelled pictures. */
function addSetCommands(program: Command, handlers: CommandHandlers): void {
  program
    .command('teach')
    .description('learn a labelled set through the learner’s own path')
    .requiredOption('--train <set>', 'labelled pictures to learn, see below')
    .requiredOption('--state <folder>', 'where the learned head goes; what is there is built upon')
    .addOption(sizeOption())
    .addOption(engineOption())
    .addOption(
      new Option('--strategy <name>', `learning method (default: ${defaultStrategy})`).choices(
        strategyNames,
      ),
    )
    .addOption(
      new Option('--seed <n>', 'seed of everything random (default: 1)').argParser(wholeNumber),
    )
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', teachHelp)
    .action((flags: TeachFlags) => handlers.teach(flags));
  program
    .command('eval')
    .description('measure average precision on a labelled set')
    .requiredOption('--test <set>', 'labelled pictures to be judged on, see below')
    .option('--state <folder>', 'whose active head to judge; without it, the base model alone')
    .addOption(sizeOption())
    .addOption(engineOption())
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', evalHelp)
    .action((flags: EvalFlags) => handlers.evaluate(flags));
}

function addBenchCommand(program: Command, handlers: CommandHandlers): void {
  program
    .command('bench')
    .description('measure lifelens; lifelens bench learning --help tells the options')
    .command('learning')
    .description('measure how well a method learns class after class without forgetting')
    .requiredOption('--train <set>', 'labelled pictures to learn, see below')
    .requiredOption('--test <set>', 'labelled pictures to be judged on')
    .addOption(
      new Option('--protocol <name>', 'what is learned in which order, see below')
        .choices(protocolNames)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--strategy <name>', 'learning method, see below')
        .choices(['default', ...benchedNames])
        .default('default'),
    )
    .addOption(
      new Option('--seed <n>', 'seed of everything random (default: 1)').argParser(wholeNumber),
    )
    .addOption(
      new Option(
        '--memory <bytes>',
        'cap on all that the method holds (default: 16 MiB of samples, state without a cap)',
      ).argParser(positiveInteger),
    )
    .addOption(sizeOption())
    .addOption(engineOption())
    .option(
      '--cache <folder>',
      'keep there what was seen in pictures (default: ~/.cache/lifelens/bench)',
    )
    .addOption(
      new Option('--images <n>', 'at most so many pictures of each set, evenly over it').argParser(
        positiveInteger,
      ),
    )
    .addOption(
      new Option('--checkpoints <n>', 'judge so many times at most (default: 8)').argParser(
        positiveInteger,
      ),
    )
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', benchHelp)
    .action((flags: BenchLearningFlags) => handlers.benchLearning(flags));
}

/**
 * Parses `argv` (without node and script) and calls the handler of the command in it.
 *
 * @throws UsageError after printing what was wrong; handlers' errors pass through.
 */
export async function parseCommandLine(
  argv: readonly string[],
  handlers: CommandHandlers,
  version: string,
): Promise<void> {
  let help = '';
  const program = buildProgram(handlers, version, (text) => (help += text));
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // --help and --version end here too, with exit code 0.
    if (error.exitCode !== 0) throw new UsageError(error.message, { cause: error });
    await handlers.print(help);
  }
}
