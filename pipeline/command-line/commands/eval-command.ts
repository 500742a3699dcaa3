import type { Command } from 'commander';
import type { EvalFlags } from '../../batch/evaluate-set.ts';
import { addSeeingOptions, logLevelOption, reportOption, skipBrokenOption } from '../options.ts';
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
  const command = program
    .command('eval')
    .description('measure average precision on a labelled set')
    .requiredOption('--test <set>', 'labelled set to evaluate on, see below')
    .option(
      '--state <folder>',
      'evaluate the active head of this folder; without it, the backbone alone',
    )
    .addOption(skipBrokenOption());
  addSeeingOptions(command)
    .addOption(reportOption())
    .addOption(logLevelOption())
    .addHelpText('after', help)
    .action((flags: EvalFlags) => evaluate(flags));
}
