import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Wall time of one thread by function, in ms. */
export interface ThreadProfile {
  readonly thread: 'main' | 'detect' | 'learn' | 'other';
  readonly totalMs: number;
  readonly idleMs: number;
  readonly garbageCollectionMs: number;
  /** Functions by self time, longest first. */
  readonly top: readonly { readonly in: string; readonly ms: number; readonly share: number }[];
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** µs */
  readonly timeDeltas: readonly number[];
}

const topMax = 15;

/** Summarises the output of `node --cpu-prof --cpu-prof-dir`, one file per thread. */
export function profileSummary(folder: string): readonly ThreadProfile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => summarise(JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile))
    .filter(({ thread }) => thread !== 'other');
}

function summarise({ nodes, samples, timeDeltas }: CpuProfile): ThreadProfile {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url } }) => [
      id,
      `${functionName === '' ? '(anonymous)' : functionName} ${url.replace(/^file:.*?\/(?=node_modules|operators|pipeline|sinks)/, '')}`.trim(),
    ]),
  );
  const self = new Map<string, number>();
  let totalMs = 0;
  samples.forEach((id, i) => {
    const ms = timeDeltas[i]! / 1000;
    const name = names.get(id) ?? '(unknown)';
    self.set(name, (self.get(name) ?? 0) + ms);
    totalMs += ms;
  });
  const idleMs = self.get('(idle)') ?? 0;
  const top = [...self]
    .filter(([name]) => name !== '(idle)')
    .sort((a, b) => b[1] - a[1])
    .slice(0, topMax)
    .map(([name, ms]) => ({
      in: name,
      ms: Math.round(ms),
      share: Number((ms / totalMs).toFixed(4)),
    }));
  return {
    thread: threadOf(nodes.map(({ callFrame }) => callFrame.url)),
    totalMs: Math.round(totalMs),
    idleMs: Math.round(idleMs),
    garbageCollectionMs: Math.round(self.get('(garbage collector)') ?? 0),
    top,
  };
}

function threadOf(urls: readonly string[]): ThreadProfile['thread'] {
  const runs = (file: string): boolean => urls.some((url) => url.includes(file));
  if (runs('/detect-worker.')) return 'detect';
  if (runs('/learn-worker.')) return 'learn';
  return runs('/pipeline/') ? 'main' : 'other';
}
