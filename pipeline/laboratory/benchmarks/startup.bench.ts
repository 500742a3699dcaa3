import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { benchmarkFlags, finish, numberOf } from './rig/benchmark.ts';
import { Client } from './rig/client.ts';
import { readCpuTime } from './rig/probes/cpu-time.ts';
import { ServiceFolder, type Service } from './rig/service/service.ts';
import { writeLargeState } from './startup/large-state.ts';

// Compares the start on a state of many samples and classes with the start on an empty one, and
// measures how long a connecting client holds up the main thread:
//   npm run bench:startup -- [--samples 10000] [--classes 200] [--rounds 3] [--report FILE]
// The large state is written by code, and one run learns it before the measurement.
const flags = benchmarkFlags({
  samples: { type: 'string', default: '10000' },
  classes: { type: 'string', default: '200' },
  rounds: { type: 'string', default: '3' },
});
const samples = flags.smoke ? 200 : numberOf(flags.samples);
const classes = flags.smoke ? 10 : numberOf(flags.classes);
const rounds = flags.smoke ? 1 : numberOf(flags.rounds);
/** Clients that connect one after another in a round. */
const clients = 5;
/** Around a connection, in ms: the delays of this time count as its. */
const spanMs = 500;
/** A strategy whose update is quick keeps the preparation short; the start is the same. */
const config = {
  remember: { bytesMax: 2 ** 30 },
  learn: { minLabels: 1, maxWaitMs: 0, coolDownMs: 0, heldOutShare: 0 },
};
const probe = new URL('./startup/loop-delay-probe.js', import.meta.url).href;

interface Delay {
  readonly atMs: number;
  readonly maxMs: number;
}

async function start(folder: ServiceFolder, state: string, round: number) {
  const file = folder.at(`delays-${state}-${round}.jsonl`);
  writeFileSync(file, '');
  const startedMs = performance.now();
  const service = await folder.start({
    state,
    config,
    nodeArguments: ['--import', probe],
    env: { ...process.env, LOOP_DELAY_FILE: file },
  });
  const startMs = performance.now() - startedMs;
  const cpuMs = cpuMsOf(service.lifelens.pid);
  await delay(2 * spanMs);
  const connectedAt = await connectClients(service);
  await delay(2 * spanMs);
  await service.stop();
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const delays = lines.map((line) => JSON.parse(line) as Delay);
  const near = delays.filter(({ atMs }) =>
    connectedAt.some((connectedMs) => atMs >= connectedMs && atMs < connectedMs + spanMs),
  );
  const last = connectedAt.at(-1)! + spanMs;
  const far = delays.filter(({ atMs }) => atMs < connectedAt[0]! - 50 || atMs >= last);
  const longest = (list: readonly Delay[]): number =>
    Math.max(0, ...list.map(({ maxMs }) => maxMs));
  return { startMs, cpuMs, connectMs: longest(near), otherwiseMs: longest(far) };
}

/** Processor time of a process so far in ms, all its threads together. */
function cpuMsOf(pid: number): number {
  const cpu = readCpuTime(pid);
  if (cpu === null) return 0;
  return [...cpu.threads.values()].reduce((sum, { runMs }) => sum + runMs, cpu.main);
}

/** Connects clients one after another; resolves with the times, in ms since the epoch. */
async function connectClients({ lifelens }: Service): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < clients; i++) {
    times.push(Date.now());
    const client = await Client.connect(await lifelens.url());
    await client.receives(({ type }) => type === 'metrics');
    client.close();
    await delay(spanMs);
  }
  return times;
}

const folder = await ServiceFolder.create();
try {
  const names = await writeLargeState(folder.at('large'), samples, classes);
  const first = await folder.start({ state: 'large', config });
  await first.knows(names, 900_000);
  await first.stop();
  const measured: Record<'empty' | 'large', Awaited<ReturnType<typeof start>>[]> = {
    empty: [],
    large: [],
  };
  for (let round = 0; round < rounds; round++) {
    measured.empty.push(await start(folder, `empty-${round}`, round));
    measured.large.push(await start(folder, 'large', round));
  }
  // Whatever else the machine does only adds to a round.
  const leastOf = (
    state: 'empty' | 'large',
    key: 'startMs' | 'cpuMs' | 'connectMs' | 'otherwiseMs',
  ): number => Number(Math.min(...measured[state].map((each) => each[key])).toFixed(1));
  const figures = (state: 'empty' | 'large') => ({
    startMs: leastOf(state, 'startMs'),
    cpuMs: leastOf(state, 'cpuMs'),
    connectMs: leastOf(state, 'connectMs'),
    otherwiseMs: leastOf(state, 'otherwiseMs'),
  });
  const met = finish(
    flags,
    { benchmark: 'startup', samples, classes, empty: figures('empty'), large: figures('large') },
    [
      {
        what: 'start with the large state minus start with an empty one, ms',
        value: leastOf('large', 'startMs') - leastOf('empty', 'startMs'),
        atMost: 2000,
      },
      {
        what: 'delay of the main thread while a client connects, ms',
        value: leastOf('large', 'connectMs'),
        atMost: 20,
      },
    ],
  );
  if (!met && !flags.smoke) process.exitCode = 1;
} finally {
  await folder.remove();
}
