import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockState } from '../../../pipeline/state/lock-state.ts';
import { StateError } from '../../../operators/foundation/files/state-error.ts';

let dir: string;
const lock = (): string => join(dir, 'lock');

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-lock-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Runs a process that acquires the lock and then executes `thenDo`; returns its id. */
function lockElsewhere(thenDo: string): number {
  const module = fileURLToPath(new URL('../../../pipeline/state/lock-state.ts', import.meta.url));
  const script = `const { lockState } = await import(${JSON.stringify(module)});
    await lockState(${JSON.stringify(dir)}); ${thenDo}`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { pid, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return pid;
}

describe('the lock of a state folder', () => {
  it('has one holder at a time; a refusal names it, the folder and the remedy', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 6 }, () => lockState(dir)));
    const [release] = attempts.flatMap((attempt) =>
      attempt.status === 'fulfilled' ? attempt.value : [],
    );
    const refusals = attempts.flatMap((attempt): unknown[] =>
      attempt.status === 'rejected' ? [attempt.reason] : [],
    );
    expect(refusals).toHaveLength(5);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(StateError);
      const message = `${dir} is in use by process ${process.pid}; where that has ended, delete ${lock()}`;
      expect(refusal).toMatchObject({ code: 'in-use', message });
    }
    await release?.();
    expect(await readdir(dir)).toEqual([]);
    await (
      await lockState(dir)
    )();
  });

  it('is released when the process exits, and taken over when it is killed', async () => {
    lockElsewhere('process.exit(130)');
    expect(await readdir(dir)).toEqual([]);
    const pid = lockElsewhere(`process.kill(process.pid, 'SIGKILL')`);
    expect(await readFile(lock(), 'utf8')).toMatch(new RegExp(`^${pid} `));
    const release = await lockState(dir);
    expect(await readFile(lock(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    await release();
    expect(await readdir(dir)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'is taken over when its process id belongs to a newer process',
    async () => {
      await writeFile(lock(), `${process.ppid} 1 ${hostname()}\n`);
      await (
        await lockState(dir)
      )();
    },
  );

  it('is taken over when the file is empty', async () => {
    await writeFile(lock(), '');
    await (
      await lockState(dir)
    )();
    expect(await readdir(dir)).toEqual([]);
  });

  it('of another host is valid until it is deleted or untouched for a minute', async () => {
    await writeFile(lock(), '1 1 elsewhere\n');
    await expect(lockState(dir)).rejects.toThrow(
      `${dir} is in use by process 1 on elsewhere; where that has ended, delete ${lock()} or wait a minute`,
    );
    const before = new Date(Date.now() - 61_000);
    await utimes(lock(), before, before);
    const release = await lockState(dir);
    // Acquired by another host meanwhile, so that this process must not release it.
    await writeFile(lock(), '1 1 elsewhere\n');
    await release();
    expect(await readFile(lock(), 'utf8')).toBe('1 1 elsewhere\n');
    await rm(lock());
    await (
      await lockState(dir)
    )();
  });

  it('is touched regularly while it is held', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const release = await lockState(dir);
      const before = new Date(Date.now() - 61_000);
      await utimes(lock(), before, before);
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(async () =>
        expect(Date.now() - (await stat(lock())).mtimeMs).toBeLessThan(30_000),
      );
      await release();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
