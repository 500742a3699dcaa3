import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./store-program.ts', import.meta.url));

/** A process with a store, driven line by line. */
export interface StoreProgram {
  readonly process: ChildProcess;
  /** The next line that it prints; `ended` when there is none. */
  answer(): Promise<string>;
  /** Sends a command and resolves with the next line. */
  ask(command: string): Promise<string>;
  kill(): Promise<void>;
}

/** Starts a process that opens a store; `prefix` is a command that runs it, such as unshare. */
export function runStoreProgram(path: string, prefix: readonly string[] = []): StoreProgram {
  const [command, ...args] = [...prefix, process.execPath, '--import', 'tsx', program, path];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const next = await lines.next();
    return next.done === true ? 'ended' : next.value;
  };
  return {
    process: child,
    answer,
    ask: (line) => {
      child.stdin.write(`${line}\n`);
      return answer();
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      // The program itself where a prefix waits for it: its locks end before the prefix does.
      const isForked = prefix.includes('--fork');
      const pids = isForked ? childrenOf(child.pid!) : [child.pid!];
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      await exit;
    },
  };
}

/** A prefix that runs a program in namespaces of its own; as root of one where it is not root. */
export function unshare(...flags: readonly string[]): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return ['unshare', ...user, ...flags];
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
