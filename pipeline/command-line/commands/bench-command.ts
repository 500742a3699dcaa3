import { Option, type Command } from 'commander';
import { configDefaults } from '../../configuration/config.ts';
import { benchStrategyNames } from '../../laboratory/learning/ablations.ts';
import {
  defaultCheckpoints,
  type BenchLearningFlags,
} from '../../laboratory/learning/bench-learning-flags.ts';
import { machineKeys } from '../../laboratory/learning/learning-report.ts';
import { describeProtocols, protocolNames } from '../../laboratory/protocols/protocol-registry.ts';
import {
  builtInSizeOption,
  cropSizeOption,
  encoderOption,
  engineOption,
  formatOption,
  logLevelOption,
  modelOption,
  namesOption,
  positiveInteger,
  reportOption,
  seedOption,
  shapeOption,
  skipBrokenOption,
  strategyOption,
  withDefault,
} from '../options.ts';
import { setHelp } from './set-help.ts';

const help = `${setHelp}

Protocols
${describeProtocols()}

Strategies: default, ${benchStrategyNames.join(', ')}

The report: {"map50","map","omega","forgetting","bwt","fwt","perStep":[…],"perClass":{…},"updateMs","cpuMs",
"bytes","bytesMax","peakRssBytes","labelToLiveMs",…}. The same seed gives the same report except for times
and the fields that describe the machine: ${machineKeys.join(', ')}.

Example
  lifelens bench learning --train voc:annotations:images:train.txt --test voc:annotations:images:test.txt \\
    --protocol all --strategy default --memory 4194304 --report -`;

const memoryMebibytes = configDefaults.remember.bytesMax / 2 ** 20;

/** Adds `lifelens bench learning`. */
export function addBenchCommand(
  program: Command,
  benchLearning: (flags: BenchLearningFlags) => Promise<void>,
): void {
  program
    .command('bench')
    .description('run benchmarks; lifelens bench learning --help lists the options')
    .command('learning')
    .description('measure how well a strategy learns class after class without forgetting')
    .requiredOption('--train <set>', 'labelled set to learn from, see below')
    .requiredOption('--test <set>', 'labelled set to evaluate on')
    .addOption(
      new Option('--protocol <name>', 'order in which classes are learned, see below')
        .choices(protocolNames)
        .makeOptionMandatory(),
    )
    .addOption(
      strategyOption('learning strategy, see below', ['default', ...benchStrategyNames]).default(
        'default',
      ),
    )
    .addOption(skipBrokenOption())
    .addOption(seedOption())
    .addOption(
      new Option(
        '--memory <bytes>',
        withDefault(
          'cap on samples and strategy state together',
          `${memoryMebibytes} MiB of samples, strategy state uncapped`,
        ),
      ).argParser(positiveInteger),
    )
    .addOption(builtInSizeOption())
    .addOption(shapeOption())
    .addOption(modelOption().hideHelp())
    .addOption(formatOption().hideHelp())
    .addOption(namesOption().hideHelp())
    .addOption(encoderOption())
    .addOption(cropSizeOption())
    .addOption(engineOption())
    .option('--cache <folder>', withDefault('cache of backbone outputs', '~/.cache/lifelens/bench'))
    .addOption(
      new Option('--images <n>', 'most images used of each set, spread evenly over it').argParser(
        positiveInteger,
      ),
    )
    .addOption(
      new Option(
        '--checkpoints <n>',
        withDefault('most evaluations during the protocol', defaultCheckpoints),
      ).argParser(positiveInteger),
    )
    .option(
      '--outcomes <file>',
      'also write what is detected in each test picture after the last step, to compare methods',
    )
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', help)
    .action((flags: BenchLearningFlags) => benchLearning(flags));
}
