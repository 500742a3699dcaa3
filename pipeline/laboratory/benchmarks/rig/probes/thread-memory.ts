import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../benchmark.ts';

/** Memory of one kind over a run, in MiB: medians of its first and last tenth. */
export interface MemoryTrend {
  readonly start: number;
  readonly end: number;
}

/** Memory of one thread's V8 isolate, without the allocator's and native libraries' share. */
export interface ThreadMemory {
  readonly thread: string;
  readonly readings: number;
  readonly heapUsedMiB: MemoryTrend;
  readonly heapTotalMiB: MemoryTrend;
  readonly externalMiB: MemoryTrend;
  readonly arrayBuffersMiB: MemoryTrend;
}

interface Reading {
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

const probe = new URL('./thread-memory-probe.js', import.meta.url).href;

/** Records the memory of every thread of a process started with these arguments and environment. */
export class ThreadMemories {
  readonly nodeArguments = ['--import', probe] as const;
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'lifelens-threads-'));

  constructor() {
    this.environment = { THREAD_MEMORY_FOLDER: this.#folder };
  }

  /** Summarises each thread from this share of the run on, and removes the readings from disk. */
  collect(fromShare: number): readonly ThreadMemory[] {
    const threads = readdirSync(this.#folder)
      .sort()
      .map((file) => {
        const lines = readFileSync(join(this.#folder, file), 'utf8').trim().split('\n');
        const readings = lines.map((line) => JSON.parse(line) as Reading);
        const late = readings.slice(Math.floor(fromShare * readings.length));
        return summarise(file.replace(/-\d+\.jsonl$/, ''), late);
      });
    rmSync(this.#folder, { recursive: true });
    return threads;
  }
}

function summarise(thread: string, readings: readonly Reading[]): ThreadMemory {
  const tenth = Math.max(1, Math.floor(readings.length / 10));
  const inMebibytes = (part: readonly Reading[], kind: keyof Reading): number =>
    Number((median(part.map((reading) => reading[kind])) / 2 ** 20).toFixed(1));
  const trend = (kind: keyof Reading): MemoryTrend => ({
    start: inMebibytes(readings.slice(0, tenth), kind),
    end: inMebibytes(readings.slice(-tenth), kind),
  });
  return {
    thread,
    readings: readings.length,
    heapUsedMiB: trend('heapUsed'),
    heapTotalMiB: trend('heapTotal'),
    externalMiB: trend('external'),
    arrayBuffersMiB: trend('arrayBuffers'),
  };
}
