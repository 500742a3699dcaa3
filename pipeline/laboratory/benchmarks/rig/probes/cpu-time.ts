import { readdirSync, readFileSync } from 'node:fs';

/** Cumulative CPU time in ms, by thread and by child process. */
export interface CpuTime {
  readonly main: number;
  /** By thread id: V8 helpers, workers, thread pool. */
  readonly threads: ReadonlyMap<string, ThreadTime>;
  /** By process id, for live children. */
  readonly children: ReadonlyMap<string, { readonly name: string; readonly ms: number }>;
}

export interface ThreadTime {
  readonly runMs: number;
  /** Time spent runnable without a core. */
  readonly waitMs: number;
}

/** CPU time spent between two readings, in ms. */
export interface CpuSpent {
  readonly total: number;
  readonly main: number;
  /** Other threads of the process, busiest first. */
  readonly otherThreads: readonly ThreadTime[];
  /** Children by name. */
  readonly children: Readonly<Record<string, number>>;
}

/** `/proc` ticks per second: 100 on every Linux that Node supports. */
const ticksPerSecond = 100;

/** Reads a process's CPU time so far; null without `/proc` or without the process. */
export function readCpuTime(pid: number): CpuTime | null {
  const threads = new Map<string, ThreadTime>();
  const children = new Map<string, { name: string; ms: number }>();
  try {
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      const thread = statOf(`/proc/${pid}/task/${id}/stat`);
      const waitMs = waitOf(`/proc/${pid}/task/${id}/schedstat`);
      if (thread !== null) threads.set(id, { runMs: thread.ms, waitMs });
      for (const child of childrenOf(pid, id)) {
        const stat = statOf(`/proc/${child}/stat`);
        if (stat !== null) children.set(child, stat);
      }
    }
  } catch {
    return null;
  }
  const main = threads.get(String(pid))?.runMs ?? 0;
  threads.delete(String(pid));
  return { main, threads, children };
}

/** Subtracts two readings. */
export function cpuSpent(before: CpuTime, after: CpuTime): CpuSpent {
  const main = after.main - before.main;
  const otherThreads = [...after.threads]
    .map(([id, { runMs, waitMs }]) => {
      const earlier = before.threads.get(id) ?? { runMs: 0, waitMs: 0 };
      return { runMs: runMs - earlier.runMs, waitMs: waitMs - earlier.waitMs };
    })
    .filter(({ runMs }) => runMs > 0)
    .sort((a, b) => b.runMs - a.runMs);
  const children: Record<string, number> = {};
  for (const [id, { name, ms }] of after.children) {
    children[name] = (children[name] ?? 0) + ms - (before.children.get(id)?.ms ?? 0);
  }
  const others = otherThreads.map(({ runMs }) => runMs);
  const total = [...others, ...Object.values(children)].reduce((sum, ms) => sum + ms, main);
  return { total, main, otherThreads, children };
}

/** Run-queue wait in ms; Linux counts it in ns. 0 where it is not counted. */
function waitOf(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
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
    // The name is in parentheses and may contain anything, so fields are counted after it.
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { name: text.slice(text.indexOf('(') + 1, end), ms: (1000 * ticks) / ticksPerSecond };
  } catch {
    return null;
  }
}
