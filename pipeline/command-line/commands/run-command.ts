import { Option, type Command } from 'commander';
import { configDefaults } from '../../configuration/config.ts';
import type { RunFlags } from '../../configuration/run-flags.ts';
import {
  addSeeingOptions,
  liveSizeOption,
  logLevelOption,
  port,
  positiveInteger,
  positiveNumber,
  reportOption,
  seedOption,
  threadsOption,
  workersOption,
  withDefault,
} from '../options.ts';

const { host, port: defaultPort } = configDefaults.dashboard;
const [defaultSource = ''] = Object.keys(configDefaults.cameras);

const help = `
Sources
  world                    a simulated camera with known and novel objects (default)
  clip.mp4                 a video file, in real time; --fast: as fast as the detector runs
  pictures/                a folder of pictures, or one picture
  rtsp://…  http://…       a network camera or stream
  /dev/video0              a webcam

Examples
  lifelens run                                       run the simulated camera at http://${host}:${defaultPort}
  lifelens run --source rtsp://camera/stream --state ./state
  lifelens run --source clip.mp4 --fast --no-dashboard --detections out.jsonl --report -
  lifelens run --config lifelens.yaml                several cameras, NATS, all other settings

Exit codes: 0 fine, Ctrl-C included, 2 bad usage or config, 1 anything else.`;

/** Adds `lifelens run`, the default command. */
export function addRunCommand(program: Command, run: (flags: RunFlags) => Promise<void>): void {
  const command = program
    .command('run', { isDefault: true })
    .description('process one source, or the cameras of a config file, until they end or Ctrl-C')
    .addOption(
      new Option('--source <source>', withDefault('frame source, see below', defaultSource)),
    )
    .option('--config <file>', 'YAML or JSON configuration; flags override it')
    .option('--fast', 'process every frame, as fast as the detector runs; drop none')
    .option('--loop', 'restart a file or folder when it ends')
    .addOption(
      new Option('--frames <n>', 'stop after this many captured frames').argParser(positiveInteger),
    )
    .addOption(
      new Option('--seconds <n>', 'stop after this many seconds').argParser(positiveNumber),
    )
    .addOption(
      new Option('--fps <n>', 'maximum frame rate, in frames per second').argParser(positiveNumber),
    );
  addSeeingOptions(command, liveSizeOption())
    .addOption(threadsOption())
    .addOption(workersOption())
    .option('--state <folder>', 'restore heads, samples and learner from this folder and save them')
    .addOption(seedOption())
    .option('--no-dashboard', 'disable the dashboard, the WebSocket and /metrics')
    .addOption(
      new Option(
        '--port <n>',
        withDefault('port of the dashboard, 0 for any free one', defaultPort),
      ).argParser(port),
    )
    .option('--detections <file>', 'write one JSON line per detected frame to this file')
    .addOption(reportOption())
    .option('--compare-engine', 'measure the bare engine on the same frames afterwards (engineFps)')
    .addOption(logLevelOption())
    .addHelpText('after', help)
    .action((flags: RunFlags) => run(flags));
}
