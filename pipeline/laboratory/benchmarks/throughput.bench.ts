import { mkdtempSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunReport } from '../../application/metrics/run-report.ts';
import { benchmarkFlags, finish, median, numberOf, videoIn } from './rig/benchmark.ts';
import { cpuSpent, readCpuTime, type CpuSpent, type CpuTime } from './rig/cpu-time.ts';
import { startLifelens } from './rig/lifelens-process.ts';
import { profileSummary } from './rig/profile-summary.ts';

// The whole pipeline's frame rate against the bare engine's in a loop over the same frames, in
// processes that take turns, so that a busy machine slows both alike:
//   node --import tsx pipeline/laboratory/benchmarks/throughput.bench.ts --data DIR [--rounds 5] [--threads 1,2]
//     [--size 320] [--frames 795] [--profile] [--report FILE]
// --profile adds where each thread's time goes. Without --data the simulated world is run, which
// goes through the graph frame by frame: its ratio says nothing of a camera's.
const flags = benchmarkFlags({
  rounds: { type: 'string', default: '5' },
  threads: { type: 'string' },
  size: { type: 'string', default: '320' },
  frames: { type: 'string', default: '795' },
  profile: { type: 'boolean', default: false },
});
const video = videoIn(flags.data, 'vtest.avi');
const rounds = flags.smoke ? 1 : numberOf(flags.rounds);
const frames = flags.smoke ? 30 : numberOf(flags.frames);
const usual = Math.max(1, availableParallelism() - 1);
const threadCounts = (flags.threads ?? String(usual)).split(',').map(numberOf);

interface Round {
  readonly fps: number;
  readonly engineFps: number;
  /** `fps` to the mean of the engine's rates just before and just after. */
  readonly ratio: number;
  readonly load: number;
}

function argumentsOf(threads: number): string[] {
  const source = ['--source', video ?? 'world', '--fast', '--frames', String(frames)];
  return [...source, '--no-dashboard', '--threads', String(threads), '--size', flags.size];
}

function dropped(report: RunReport): number {
  return Object.values(report.dropped).reduce((sum, count) => sum + count, 0);
}

/** Throws where a frame is missing: the figures would say nothing then. */
function checkFrames(report: RunReport): void {
  const lost = dropped(report);
  if (report.captured === frames && report.detected === frames && lost === 0) return;
  throw new Error(
    `of ${frames} frames, ${report.captured} were captured, ${report.detected} detected and ${lost} dropped`,
  );
}

async function measure(threads: number) {
  const measured: Round[] = [];
  const detectMs: RunReport['detectMs'][] = [];
  let engineBefore: number | null = null;
  for (let i = 0; i < rounds; i++) {
    const run = startLifelens([...argumentsOf(threads), '--compare-engine']);
    const report = await run.report;
    checkFrames(report);
    const { fps, engineFps } = report;
    if (engineFps === null) throw new Error('the bare engine was not measured');
    const ratio = fps / ((engineFps + (engineBefore ?? engineFps)) / 2);
    measured.push({ fps, engineFps, ratio, load: loadavg()[0]! });
    detectMs.push(report.detectMs);
    engineBefore = engineFps;
  }
  return {
    threads,
    fps: median(measured.map(({ fps }) => fps)),
    engineFps: median(measured.map(({ engineFps }) => engineFps)),
    ratio: median(measured.map(({ ratio }) => ratio)),
    detectMs: {
      p50: median(detectMs.map(({ p50 }) => p50)),
      p99: median(detectMs.map(({ p99 }) => p99)),
    },
    rounds: measured,
    cpuMsPerFrame: await accounted(threads),
  };
}

/**
 * Processor time in ms a frame, without the start and without the bare engine; null where there is
 * no `/proc`. `busiest` is the detector's thread: what it neither ran nor waited for a core, it
 * had nothing to do, which is the pipeline's doing and no other program's.
 */
async function accounted(threads: number) {
  const run = startLifelens(argumentsOf(threads));
  await run.logged('running: ');
  const before = readCpuTime(run.pid);
  let after = before;
  const ended = run.report.then(() => true);
  // The last reading before a process goes is all that is left of its children.
  for (;;) {
    if (await Promise.race([ended, delay(50).then(() => false)])) break;
    const now = readCpuTime(run.pid);
    if (now !== null) after = merged(after, now);
  }
  const { durationMs } = await run.report;
  if (before === null || after === null) return null;
  return perFrame(cpuSpent(before, after), durationMs);
}

function perFrame({ total, main, otherThreads, children }: CpuSpent, durationMs: number) {
  const share = (ms: number): number => Number((ms / frames).toFixed(3));
  const { runMs, waitMs } = otherThreads[0] ?? { runMs: 0, waitMs: 0 };
  return {
    total: share(total),
    main: share(main),
    busiest: {
      run: share(runMs),
      waitForCore: share(waitMs),
      idle: share(Math.max(0, durationMs - runMs - waitMs)),
    },
    otherThreads: otherThreads.slice(1).map((thread) => share(thread.runMs)),
    children: Object.fromEntries(Object.entries(children).map(([name, ms]) => [name, share(ms)])),
  };
}

/** The newer reading, with what threads and children had spent that are gone by now. */
function merged(before: CpuTime | null, now: CpuTime): CpuTime {
  if (before === null) return now;
  return {
    main: now.main,
    threads: new Map([...before.threads, ...now.threads]),
    children: new Map([...before.children, ...now.children]),
  };
}

async function profiled(threads: number) {
  const folder = mkdtempSync(join(tmpdir(), 'lifelens-profile-'));
  await startLifelens(argumentsOf(threads), ['--cpu-prof', '--cpu-prof-dir', folder]).report;
  return { folder, threads: profileSummary(folder) };
}

const results = [];
for (const threads of threadCounts) results.push(await measure(threads));
const profile = flags.profile ? await profiled(threadCounts[0]!) : null;
const judged = results.find(({ threads }) => threads === usual) ?? results[0]!;
finish(
  flags,
  {
    benchmark: 'throughput',
    source: video === null ? 'world' : 'vtest.avi',
    size: numberOf(flags.size),
    frames,
    cores: availableParallelism(),
    dropped: 0,
    results,
    ...(profile === null ? {} : { profile }),
  },
  video === null
    ? []
    : [
        {
          what: `pipeline to bare engine, ${judged.threads} threads`,
          value: judged.ratio,
          atLeast: 0.95,
        },
      ],
);
