import type { Command } from 'commander';
import type { CopyFlags } from '../../batch/copy-state.ts';

const backupHelp = `
Works while another lifelens uses the folder. The file is new; an existing one is never replaced.

Example
  lifelens backup --state ./state ./state-monday.db`;

const restoreHelp = `
The folder must not have a state yet. A damaged file is refused.

Example
  lifelens restore ./state-monday.db --state ./state`;

/** Adds `lifelens backup`. */
export function addBackupCommand(
  program: Command,
  backup: (file: string, flags: CopyFlags) => Promise<void>,
): void {
  program
    .command('backup')
    .description('copy the labels, samples and heads of a state folder to a file')
    .argument('<file>', 'file to write')
    .requiredOption('--state <folder>', 'state folder to copy')
    .addHelpText('after', backupHelp)
    .action((file: string, flags: CopyFlags) => backup(file, flags));
}

/** Adds `lifelens restore`. */
export function addRestoreCommand(
  program: Command,
  restore: (file: string, flags: CopyFlags) => Promise<void>,
): void {
  program
    .command('restore')
    .description('make a state folder of a backup')
    .argument('<file>', 'file that backup has written')
    .requiredOption('--state <folder>', 'state folder to make')
    .addHelpText('after', restoreHelp)
    .action((file: string, flags: CopyFlags) => restore(file, flags));
}
