import { mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecordStore } from '../../../operators/foundation/store/open-record-store.ts';
import type { RecordChange } from '../../../operators/foundation/store/record-store.ts';

// Run by `node --import tsx pipeline/laboratory/benchmarks/store.bench.ts [FOLDER]`: how long
// commits, opening, listing and salvage take in a folder of the disk that counts.
const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'lifelens-bench-store-'));
const path = join(dir, 'store.db');
const sampleBytes = 25_000;

/** Runs `work` and returns its result and duration in ms. */
async function timed<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  const start = performance.now();
  return [await work(), performance.now() - start];
}

function sample(index: number): RecordChange {
  const bytes = new Uint8Array(sampleBytes);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + index * 7) & 255;
  return { put: { kind: 'sample', key: `s${index}`, bytes } };
}

function quantile(sorted: readonly number[], share: number): string {
  return `${sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(1)} ms`;
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
  const durations: number[] = [];
  for (let index = 0; index < 300; index++) {
    const changes = [sample(index), { put: { kind: 'entry', key: `${index}`, bytes: entry } }];
    const [, ms] = await timed(() => store.commit(changes));
    durations.push(ms);
  }
  durations.sort((a, b) => a - b);
  console.log(
    `commit of an entry and a sample of 25 kB, one after another: p50 ${quantile(durations, 0.5)}, p95 ${quantile(durations, 0.95)}`,
  );
  const [, ms] = await timed(() =>
    Promise.all(durations.map((_, index) => store.commit([sample(index + 1000)]))),
  );
  console.log(`${durations.length} commits of a sample at once: ${ms.toFixed(0)} ms`);
  await store.close();
}

async function measureOpening(): Promise<void> {
  const file = join(dir, 'large', 'store.db');
  await fill(file, 10_000);
  const [store, opening] = await timed(() => openRecordStore(file));
  const [list, listing] = await timed(() => store.list('sample'));
  console.log(
    `opening and verifying ${list.length} records of 25 kB: ${opening.toFixed(0)} ms, listing them: ${listing.toFixed(0)} ms`,
  );
  const [, backup] = await timed(() => store.backup(join(dir, 'backup.db')));
  console.log(`backup of them: ${backup.toFixed(0)} ms`);
  await store.close();
}

async function measureSalvage(): Promise<void> {
  const file = join(dir, 'damaged', 'store.db');
  await fill(file, 2400);
  writeSync(openSync(file, 'r+'), Buffer.from([1]), 0, 1, 0);
  const [store, ms] = await timed(() => openRecordStore(file));
  const kept = (await store.list('sample')).length;
  console.log(
    `salvage of ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB, ${kept} records: ${ms.toFixed(0)} ms`,
  );
  await store.close();
}

try {
  await measureCommits();
  await measureOpening();
  await measureSalvage();
} finally {
  rmSync(dir, { recursive: true });
}
