import type { Command } from 'commander';
import type { EvalFlags } from '../../batch/evaluate-set.ts';
import {
  cropSizeOption,
  encoderOption,
  engineOption,
  formatOption,
  logLevelOption,
  modelOption,
  namesOption,
  reportOption,
  shapeOption,
  sizeOption,
  skipBrokenOption,
} from '../options.ts';
import { setHelp } from './set-help.ts';

const help = `${setHelp}

The report: {"images","ap50","ap","msPerImage","mended","skipped","perClass":{name:{"ap50","ap","objects"}}}

Example
  lifelens eval --test voc:annotations:images:test.txt --state ./state --report -`;

/** Adds `lifelens eval`. */
export function addEvalCommand(
  program: Command,
  evaluate: (flags: EvalFlags) => Promise<void>,
): void {
  program
    .command('eval')
    .description('measure average precision on a labelled set')
    .requiredOption('--test <set>', 'labelled set to evaluate on, see below')
    .option(
      '--state <folder>',
      'evaluate the active head of this folder; without it, the backbone alone',
    )
    .addOption(skipBrokenOption())
    .addOption(sizeOption())
    .addOption(shapeOption())
    .addOption(modelOption())
    .addOption(formatOption())
    .addOption(namesOption())
    .addOption(encoderOption())
    .addOption(cropSizeOption())
    .addOption(engineOption())
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', help)
    .action((flags: EvalFlags) => evaluate(flags));
}
