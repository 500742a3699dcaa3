import { mkdtempSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { benchmarkFlags, finish, numberOf, videoIn } from './rig/benchmark.ts';
import { cpuSpent, readCpuTime, type CpuSpent, type CpuTime } from './rig/probes/cpu-time.ts';
import { compareWithEngine, fastRun } from './rig/beside-engine.ts';
import { startRun } from './rig/measured-run.ts';
import { profileSummary } from './rig/profile-summary.ts';

// Compares the whole pipeline's frame rate with the bare engine's on the same frames. Both take
// turns, so that a busy machine slows both alike:
//   node --import tsx pipeline/laboratory/benchmarks/throughput.bench.ts --data DIR [--rounds 5]
//     [--threads 1,2] [--size 320] [--frames 795] [--profile] [--report FILE]
// --profile adds each thread's time by function. Without --data it runs the simulated world in
// lockstep, whose ratio does not apply to cameras.
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

function argumentsOf(threads: number): string[] {
  return [...fastRun(video ?? 'world', frames, threads), '--size', flags.size];
}

async function measure(threads: number) {
  const compared = await compareWithEngine(argumentsOf(threads), frames, rounds);
  return { threads, ...compared, cpuMsPerFrame: await measureCpu(threads) };
}

/**
 * CPU time in ms per frame, without startup and without the bare engine; null without `/proc`.
 * `busiest` is the detector's thread: the time it neither ran nor waited for a core, it was starved
 * by the pipeline.
 */
async function measureCpu(threads: number) {
  const run = startRun(argumentsOf(threads));
  await run.lifelens.logs(/running: /);
  const before = readCpuTime(run.lifelens.pid);
  let after = before;
  const ended = run.report.then(() => true);
  // The last reading before a process ends is the only record of its children.
  for (;;) {
    if (await Promise.race([ended, delay(50).then(() => false)])) break;
    const now = readCpuTime(run.lifelens.pid);
    if (now !== null) after = mergeReadings(after, now);
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

/** The newer reading, plus the last values of threads and children that have ended. */
function mergeReadings(before: CpuTime | null, now: CpuTime): CpuTime {
  if (before === null) return now;
  return {
    main: now.main,
    threads: new Map([...before.threads, ...now.threads]),
    children: new Map([...before.children, ...now.children]),
  };
}

async function runProfiled(threads: number) {
  const folder = mkdtempSync(join(tmpdir(), 'lifelens-profile-'));
  await startRun(argumentsOf(threads), ['--cpu-prof', '--cpu-prof-dir', folder]).report;
  return { folder, threads: profileSummary(folder) };
}

const results = [];
for (const threads of threadCounts) results.push(await measure(threads));
const profile = flags.profile ? await runProfiled(threadCounts[0]!) : null;
const atUsual = results.find(({ threads }) => threads === usual) ?? results[0]!;
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
          what: `pipeline relative to bare engine, ${atUsual.threads} threads`,
          value: atUsual.ratio,
          atLeast: 0.95,
        },
      ],
);
