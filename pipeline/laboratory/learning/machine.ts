import { execFile } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Hardware } from './learning-report.ts';

/** The machine that this process runs on. */
export function describeHardware(): Hardware {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}

/** Forgets how much memory the process had resident at most. Linux only; elsewhere the peak stays that since the start. */
export function resetPeakRss(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The figure is then too large, never too small.
  }
}

/** The most memory that the process had resident since its start or the last reset, in bytes. */
export function readPeakRss(): number {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (peak !== null) return Number(peak[1]) * 1024;
  } catch {
    // No such file outside Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Commit of the checkout that this source lies in, with `-dirty` where tracked files differ; null outside one. */
export async function readCommit(): Promise<string | null> {
  const root = realpathSync(fileURLToPath(new URL('../../../', import.meta.url)));
  const git = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', ['-C', root, ...words]);
    return stdout.trim();
  };
  try {
    // Installed below somebody else's repository, it is not that repository's commit.
    if (realpathSync(await git('rev-parse', '--show-toplevel')) !== root.replace(/\/$/, '')) {
      return null;
    }
    const commit = await git('rev-parse', '--short=12', 'HEAD');
    const changes = await git('status', '--porcelain', '--untracked-files=no');
    return changes === '' ? commit : `${commit}-dirty`;
  } catch {
    return null;
  }
}
