import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './benchmark.ts';

/** Bytes of one kind over a run, in MiB: medians of its first and last tenth. */
export interface Held {
  readonly start: number;
  readonly end: number;
}

/** What one thread's isolate holds; what it is to resident memory beyond this, the allocator and native libraries keep. */
export interface ThreadMemory {
  readonly thread: string;
  readonly readings: number;
  readonly heapUsedMiB: Held;
  readonly heapTotalMiB: Held;
  readonly externalMiB: Held;
  readonly arrayBuffersMiB: Held;
}

interface Reading {
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly external: number;
  readonly arrayBuffers: number;
}

const probe = new URL('./thread-memory-probe.js', import.meta.url).href;

/** Has a process that is started with `nodeArguments` and `environment` write down what each of its threads holds. */
export class ThreadMemories {
  readonly nodeArguments = ['--import', probe] as const;
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'lifelens-threads-'));

  constructor() {
    this.environment = { THREAD_MEMORY_FOLDER: this.#folder };
  }

  /** Readings from this share of the run on, a thread; removes them from the disk. */
  take(fromShare: number): readonly ThreadMemory[] {
    const threads = readdirSync(this.#folder)
      .sort()
      .map((file) => {
        const lines = readFileSync(join(this.#folder, file), 'utf8').trim().split('\n');
        const readings = lines.map((line) => JSON.parse(line) as Reading);
        const judged = readings.slice(Math.floor(fromShare * readings.length));
        return summarise(file.replace(/-\d+\.jsonl$/, ''), judged);
      });
    rmSync(this.#folder, { recursive: true });
    return threads;
  }
}

function summarise(thread: string, readings: readonly Reading[]): ThreadMemory {
  const tenth = Math.max(1, Math.floor(readings.length / 10));
  const inMebibytes = (part: readonly Reading[], kind: keyof Reading): number =>
    Number((median(part.map((reading) => reading[kind])) / 2 ** 20).toFixed(1));
  const held = (kind: keyof Reading): Held => ({
    start: inMebibytes(readings.slice(0, tenth), kind),
    end: inMebibytes(readings.slice(-tenth), kind),
  });
  return {
    thread,
    readings: readings.length,
    heapUsedMiB: held('heapUsed'),
    heapTotalMiB: held('heapTotal'),
    externalMiB: held('external'),
    arrayBuffersMiB: held('arrayBuffers'),
  };
}
