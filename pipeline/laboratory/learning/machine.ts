import { execFile } from 'node:child_process';
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Hardware } from './learning-report.ts';

/** Describes the machine that runs this process. */
export function describeHardware(): Hardware {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
  };
}

/** Resets the peak resident memory. Linux only; elsewhere the peak since the start remains. */
export function resetPeakRss(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Without the reset the figure is an upper bound.
  }
}

/** Peak resident memory since the start or the last reset, in bytes. */
export function readPeakRss(): number {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (peak !== null) return Number(peak[1]) * 1024;
  } catch {
    // No such file outside Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Commit of the enclosing checkout, `-dirty` where tracked files differ; null outside one. */
export async function readCommit(): Promise<string | null> {
  const root = realpathSync(fileURLToPath(new URL('../../../', import.meta.url)));
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', ['-C', root, ...args]);
    return stdout.trim();
  };
  try {
    // A package installed below another repository must not report that repository's commit.
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
