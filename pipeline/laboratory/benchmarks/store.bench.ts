import { mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecordStore } from '../../../operators/foundation/store/open-record-store.ts';
import type { RecordChange } from '../../../operators/foundation/store/record-store.ts';
import { benchmarkFlags } from './rig/benchmark.ts';

// Measures commits, opening, listing and salvage in a folder of the disk that counts, in ms of time
// and of processor time, all threads together:
//   npm run bench:store -- [--folder DIR]
const { smoke, folder = tmpdir() } = benchmarkFlags({ folder: { type: 'string' } });
/** Share of the records and commits of a whole run. */
const part = smoke ? 0.02 : 1;
const dir = mkdtempSync(join(folder, 'lifelens-bench-store-'));
const path = join(dir, 'store.db');
const sampleBytes = 25_000;

/** What a piece of work took, in ms. */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Runs `work` and returns its result and cost. */
async function timed<Result>(work: () => Promise<Result>): Promise<[Result, Cost]> {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [result, { ms: performance.now() - start, cpuMs: (user + system) / 1000 }];
}

function text({ ms, cpuMs }: Cost): string {
  return `${ms.toFixed(0)} ms (processor ${cpuMs.toFixed(0)} ms)`;
}

function sample(index: number): RecordChange {
  const bytes = new Uint8Array(sampleBytes);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + index * 7) & 255;
  return { put: { kind: 'sample', key: `s${index}`, bytes } };
}

/** Median and 95th percentile of a list of costs. */
function quantiles(costs: readonly Cost[]): string {
  const of = (key: keyof Cost): string => {
    const sorted = costs.map((cost) => cost[key]).sort((a, b) => a - b);
    const at = (share: number): string =>
      sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(1);
    return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`;
  };
  return `${of('ms')}; processor ${of('cpuMs')}`;
}

async function fill(file: string, count: number): Promise<void> {
  const store = await openRecordStore(file);
  for (let start = 0; start < count; start += 500) {
    await store.commit(
      Array.from({ length: Math.min(500, count - start) }, (_, i) => sample(start + i)),
    );
  }
  await store.close();
}

async function measureCommits(): Promise<void> {
  const store = await openRecordStore(path);
  const entry = new TextEncoder().encode(JSON.stringify({ class: 'c1', by: 'person:anna' }));
  const costs: Cost[] = [];
  for (let index = 0; index < 300 * part; index++) {
    const changes = [sample(index), { put: { kind: 'entry', key: `${index}`, bytes: entry } }];
    const [, cost] = await timed(() => store.commit(changes));
    costs.push(cost);
  }
  console.log(`commit of an entry and a sample of 25 kB, one after another: ${quantiles(costs)}`);
  const [, cost] = await timed(() =>
    Promise.all(costs.map((_, index) => store.commit([sample(index + 1000)]))),
  );
  console.log(`${costs.length} commits of a sample at once: ${text(cost)}`);
  await store.close();
}

/** Updates: two copies of the learner in turns, and five heads, the oldest of which goes. */
async function measureUpdates(): Promise<void> {
  const store = await openRecordStore(join(dir, 'updates', 'store.db'));
  const costs: Cost[] = [];
  for (let index = 0; index < 30 * part; index++) {
    const learner = new Uint8Array(2_500_000).fill(index + 1);
    const head = new Uint8Array(600_000).fill(index + 1);
    const changes: RecordChange[] = [
      { put: { kind: 'learner', key: `${index % 2}`, bytes: learner } },
      { put: { kind: 'head', key: `${index}`, bytes: head } },
      { remove: { kind: 'head', key: `${index - 5}` } },
    ];
    const [, cost] = await timed(() => store.commit(changes));
    costs.push(cost);
  }
  console.log(`commit of a learner of 2.5 MB and a head of 0.6 MB: ${quantiles(costs)}`);
  await store.close();
}

async function measureOpening(): Promise<void> {
  const file = join(dir, 'large', 'store.db');
  await fill(file, 10_000 * part);
  const [store, opening] = await timed(() => openRecordStore(file));
  const [list, listing] = await timed(() => store.list('sample'));
  console.log(
    `opening and verifying ${list.length} records of 25 kB: ${text(opening)}, listing them: ${text(listing)}`,
  );
  const [, backup] = await timed(() => store.backup(join(dir, 'backup.db')));
  console.log(`backup of them: ${text(backup)}`);
  await store.close();
}

async function measureSalvage(): Promise<void> {
  const file = join(dir, 'damaged', 'store.db');
  await fill(file, 2400 * part);
  writeSync(openSync(file, 'r+'), Buffer.from([1]), 0, 1, 0);
  const [store, cost] = await timed(() => openRecordStore(file));
  const kept = (await store.list('sample')).length;
  console.log(
    `salvage of ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB, ${kept} records: ${text(cost)}`,
  );
  await store.close();
}

try {
  await measureCommits();
  await measureUpdates();
  await measureOpening();
  await measureSalvage();
} finally {
  rmSync(dir, { recursive: true });
}
