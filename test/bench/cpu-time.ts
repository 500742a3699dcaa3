import { readdirSync, readFileSync } from 'node:fs';

/** Processor time in ms, by thread and by child process; grows only. */
export interface CpuTime {
  readonly main: number;
  /** By thread id: V8's helpers, the workers, the pool. */
  readonly threads: ReadonlyMap<string, number>;
  /** By process id, of children that are alive. */
  readonly children: ReadonlyMap<string, { readonly name: string; readonly ms: number }>;
}

/** Processor time spent, in ms. */
export interface CpuSpent {
  readonly total: number;
  readonly main: number;
  /** Other threads of the process, busiest first. */
  readonly otherThreads: readonly number[];
  /** Children by name. */
  readonly children: Readonly<Record<string, number>>;
}

/** Ticks of `/proc` in a second: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** What a process has spent so far; null where there is no `/proc`, or no such process. */
export function readCpuTime(pid: number): CpuTime | null {
  const threads = new Map<string, number>();
  const children = new Map<string, { name: string; ms: number }>();
  try {
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      const thread = statOf(`/proc/${pid}/task/${id}/stat`);
      if (thread !== null) threads.set(id, thread.ms);
      for (const child of childrenOf(pid, id)) {
        const stat = statOf(`/proc/${child}/stat`);
        if (stat !== null) children.set(child, stat);
      }
    }
  } catch {
    return null;
  }
  const main = threads.get(String(pid)) ?? 0;
  threads.delete(String(pid));
  return { main, threads, children };
}

/** What was spent between two readings. */
export function cpuSpent(before: CpuTime, after: CpuTime): CpuSpent {
  const main = after.main - before.main;
  const otherThreads = [...after.threads]
    .map(([id, ms]) => ms - (before.threads.get(id) ?? 0))
    .filter((ms) => ms > 0)
    .sort((a, b) => b - a);
  const children: Record<string, number> = {};
  for (const [id, { name, ms }] of after.children) {
    children[name] = (children[name] ?? 0) + ms - (before.children.get(id)?.ms ?? 0);
  }
  const total = [main, ...otherThreads, ...Object.values(children)].reduce((sum, ms) => sum + ms);
  return { total, main, otherThreads, children };
}

function childrenOf(pid: number, thread: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean);
  } catch {
    return [];
  }
}

function statOf(path: string): { name: string; ms: number } | null {
  try {
    const text = readFileSync(path, 'utf8');
    // The name stands in brackets and may hold anything; the fields are counted behind it.
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { name: text.slice(text.indexOf('(') + 1, end), ms: (1000 * ticks) / ticksPerSecond };
  } catch {
    return null;
  }
}
