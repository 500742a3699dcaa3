import type { Command } from 'commander';
import type { CheckFlags } from '../../batch/check/check-set.ts';
import {
  addSeeingOptions,
  logLevelOption,
  reportOption,
  seedOption,
  skipBrokenOption,
} from '../options.ts';
import { setHelp } from './set-help.ts';

const help = `${setHelp}

Examples
  lifelens check coco:train.json:images --sheet sheet.jpg
  lifelens check photos:photos --sheet sheet.jpg --write-boxes`;

/** Adds `lifelens check`. */
export function addCheckCommand(
  program: Command,
  check: (set: string, flags: CheckFlags) => Promise<void>,
): void {
  const command = program
    .command('check')
    .description('describe a labelled set: counts, sizes, what was mended, what is odd')
    .argument('<set>', 'labelled set, see below')
    .option('--sheet <file>', 'write a contact sheet, a JPEG of pictures with their boxes')
    .option(
      '--write-boxes',
      'write the boxes of photos:DIR to DIR/boxes.json, to correct them there',
    )
    .addOption(skipBrokenOption());
  addSeeingOptions(command)
    .addOption(seedOption())
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', help)
    .action((set: string, flags: CheckFlags) => check(set, flags));
}
