import { Option, type Command } from 'commander';
import type { DoctorFlags } from '../../batch/doctor/examine.ts';
import { configDefaults } from '../../configuration/config.ts';
import {
  encoderOption,
  engineOption,
  liveSizeOption,
  modelOption,
  port,
  positiveNumber,
  threadsOption,
  workersOption,
  withDefault,
} from '../options.ts';

const help = `
It takes up to 20 seconds, most of them to time the engines; what has not ended then is said. On an idle machine its figures are
those that a run will have. Cameras at 5 and 10 fps are those that leave room for all else.

Examples
  lifelens doctor
  lifelens doctor --config lifelens.yaml             also its cameras, ports, folders and broker
  lifelens doctor --config lifelens.yaml --json

Exit codes: 0 all that is configured can work, 1 something cannot, 2 bad usage or config.`;

/** Adds `lifelens doctor`. */
export function addDoctorCommand(
  program: Command,
  doctor: (flags: DoctorFlags) => Promise<void>,
): void {
  program
    .command('doctor')
    .description('tell what this machine can do, what of a configuration cannot work, and advise')
    .option('--config <file>', 'YAML or JSON configuration; flags override it')
    .option('--source <source>', 'frame source, as for lifelens run')
    .addOption(
      new Option('--fps <n>', 'maximum frame rate, in frames per second').argParser(positiveNumber),
    )
    .addOption(liveSizeOption())
    .addOption(modelOption())
    .addOption(encoderOption())
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(workersOption())
    .option('--state <folder>', 'folder of the state')
    .addOption(
      new Option(
        '--port <n>',
        withDefault('port of the dashboard, 0 for any free one', configDefaults.dashboard.port),
      ).argParser(port),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action((flags: DoctorFlags) => doctor(flags));
}
