import { loadavg } from 'node:os';
import type { RunReport } from '../../../application/metrics/run-report.ts';
import { median } from './benchmark.ts';
import { startRun } from './measured-run.ts';

/** One run of the whole pipeline, and of the bare engine on the same frames. */
interface Round {
  readonly fps: number;
  readonly engineFps: number;
  /** `fps` divided by the mean of the engine's rates just before and just after. */
  readonly ratio: number;
  readonly load: number;
}

/** The arguments of a run of `frames` frames without waits, on `threads` threads. */
export function fastRun(source: string, frames: number, threads: number | 'auto'): string[] {
  const played = ['--source', source, '--fast', '--frames', String(frames)];
  return [...played, '--no-dashboard', '--threads', String(threads)];
}

/** Throws for a missing frame, which makes the figures meaningless. */
export function checkFrames(report: RunReport, frames: number): void {
  const lost = Object.values(report.dropped).reduce((sum, count) => sum + count, 0);
  if (report.captured === frames && report.detected === frames && lost === 0) return;
  throw new Error(
    `of ${frames} frames, ${report.captured} were captured, ${report.detected} detected and ${lost} dropped`,
  );
}

/**
 * Compares the whole pipeline's frame rate with the bare engine's, in turns, so that a busy machine
 * slows both alike. Medians over `rounds` runs with the arguments of {@link fastRun}.
 */
export async function compareWithEngine(args: readonly string[], frames: number, rounds: number) {
  const measured: Round[] = [];
  const detectMs: RunReport['detectMs'][] = [];
  let engineBefore: number | null = null;
  for (let i = 0; i < rounds; i++) {
    const report = await startRun([...args, '--compare-engine']).report;
    checkFrames(report, frames);
    const { fps, engineFps } = report;
    if (engineFps === null) throw new Error('the bare engine was not measured');
    const ratio = fps / ((engineFps + (engineBefore ?? engineFps)) / 2);
    measured.push({ fps, engineFps, ratio, load: loadavg()[0]! });
    detectMs.push(report.detectMs);
    engineBefore = engineFps;
  }
  return {
    fps: median(measured.map(({ fps }) => fps)),
    engineFps: median(measured.map(({ engineFps }) => engineFps)),
    ratio: median(measured.map(({ ratio }) => ratio)),
    detectMs: {
      p50: median(detectMs.map(({ p50 }) => p50)),
      p99: median(detectMs.map(({ p99 }) => p99)),
    },
    rounds: measured,
  };
}
