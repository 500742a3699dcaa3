import type { Command } from 'commander';
import { liveStrategyNames } from '../../../operators/learn/strategies/strategy-registry.ts';
import type { TeachFlags } from '../../batch/teach.ts';
import { configDefaults } from '../../configuration/config.ts';
import {
  addSeeingOptions,
  logLevelOption,
  reportOption,
  seedOption,
  skipBrokenOption,
  strategyOption,
  withDefault,
} from '../options.ts';
import { setHelp } from './set-help.ts';

const help = `${setHelp}

Of a configuration it reads detect, remember, learn, swap and seed. Cameras and all the rest
are left alone; the state is that of --state.

Example
  lifelens teach --train voc:annotations:images:train.txt --state ./state --report -`;

/** Adds `lifelens teach`. */
export function addTeachCommand(
  program: Command,
  teach: (flags: TeachFlags) => Promise<void>,
): void {
  const command = program
    .command('teach')
    .description('learn a labelled set through the same path as live labels')
    .requiredOption('--train <set>', 'labelled set to learn from, see below')
    .requiredOption('--state <folder>', 'state folder to extend, or to create')
    .option('--config <file>', 'YAML or JSON configuration, as for run; flags override it');
  addSeeingOptions(command)
    .addOption(
      strategyOption(
        withDefault('learning strategy', configDefaults.learn.strategy),
        liveStrategyNames,
      ),
    )
    .addOption(skipBrokenOption())
    .addOption(seedOption())
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', help)
    .action((flags: TeachFlags) => teach(flags));
}
