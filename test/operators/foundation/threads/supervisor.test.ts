import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  Supervisor,
  type Losable,
  type Restarted,
  type SupervisorOptions,
} from '../../../../operators/foundation/threads/supervisor.ts';

/** A worker that the test lets die. */
class FakeWorker implements Losable {
  readonly lost: Promise<Error>;
  readonly number: number;
  closed = 0;
  die: (reason: Error) => void = () => undefined;

  constructor(number: number) {
    this.number = number;
    this.lost = new Promise((resolve) => {
      this.die = resolve;
    });
  }

  async close(): Promise<void> {
    this.closed++;
    await Promise.resolve();
  }
}

const limits = {
  failuresMax: 3,
  windowMs: 60_000,
  backoffFirstMs: 1,
  backoffMaxMs: 2,
  startMaxMs: 60_000,
  waitMaxMs: 60_000,
};

async function supervise(options: Partial<SupervisorOptions<FakeWorker>> = {}) {
  const workers: FakeWorker[] = [];
  const notices: string[] = [];
  const restarts: Restarted[] = [];
  const supervisor = await Supervisor.start<FakeWorker>({
    name: 'the tiny worker',
    start: () => {
      const worker = new FakeWorker(workers.length + 1);
      workers.push(worker);
      return Promise.resolve(worker);
    },
    restore: () => Promise.resolve(true),
    onNotice: (line) => notices.push(line.replace(/\d+ ms/, 'n ms')),
    ...options,
    limits: { ...limits, ...options.limits },
  });
  supervisor.restarted$.subscribe((restart) => restarts.push(restart));
  const lose = async (reason = 'it died'): Promise<void> => {
    workers.at(-1)!.die(new Error(reason));
    await turn();
  };
  return { supervisor, workers, notices, restarts, lose };
}

describe('a supervisor', () => {
  it('starts a lost worker anew, restores it, logs both, and tells', async () => {
    const restored: number[] = [];
    const rig = await supervise({
      restore: ({ number }) => Promise.resolve(restored.push(number) > 0),
    });
    await rig.lose('it answered nothing');
    expect(rig.supervisor.state).toBe('restarting');
    expect((await rig.supervisor.running())!.number).toBe(2);
    expect(restored).toEqual([2]);
    expect(rig.notices).toEqual([
      'it answered nothing; it is restarted in n ms (failure 1)',
      'the tiny worker is back with its state after n ms',
    ]);
    expect(rig.restarts).toEqual([{ restored: true }]);
    expect(rig.supervisor.detail).toBe('running, restarted 1 time, last 0 s ago');
  });

  it('tells that a worker came back without its state', async () => {
    const rig = await supervise({ restore: () => Promise.resolve(false) });
    await rig.lose();
    await rig.supervisor.running();
    expect(rig.restarts).toEqual([{ restored: false }]);
    expect(rig.notices[1]).toBe('the tiny worker is back without its state after n ms');
  });

  it('tries again where the start or the restoration fails, and closes what started', async () => {
    let attempts = 0;
    const rig = await supervise({
      limits: { ...limits, failuresMax: 9 },
      restore: () =>
        ++attempts < 3 ? Promise.reject(new Error('no state')) : Promise.resolve(true),
    });
    await rig.lose();
    expect((await rig.supervisor.running())!.number).toBe(4);
    expect(rig.workers.map(({ closed }) => closed)).toEqual([0, 1, 1, 0]);
    expect(rig.supervisor.restarts).toBe(1);
  });

  it('takes a worker that dies while it is restored for one that failed to start', async () => {
    const rig = await supervise({
      restore: (worker) => {
        if (worker.number === 2) worker.die(new Error('died on loading'));
        return worker.number === 2 ? new Promise(() => undefined) : Promise.resolve(true);
      },
    });
    await rig.lose();
    expect((await rig.supervisor.running())!.number).toBe(3);
    expect(rig.notices[1]).toBe('died on loading; it is restarted in n ms (failure 2)');
  });

  it('gives a worker up that fails too often, and says why', async () => {
    const rig = await supervise();
    for (let i = 0; i < 3; i++) {
      await rig.lose(`reason ${i + 1}`);
      await rig.supervisor.running();
    }
    expect(rig.supervisor.state).toBe('failed');
    expect(await rig.supervisor.failed).toMatchObject({
      message: 'the tiny worker failed 3 times, last because reason 3',
    });
    expect(rig.workers).toHaveLength(3);
  });

  it('forgets failures that lie before its window', async () => {
    const rig = await supervise({ limits: { ...limits, windowMs: -1 } });
    for (let i = 0; i < 8; i++) {
      await rig.lose();
      await rig.supervisor.running();
    }
    expect(rig.supervisor).toMatchObject({ state: 'running', restarts: 8 });
  });

  it('lets callers wait for a restart for so long only', async () => {
    const rig = await supervise({
      restore: () => new Promise(() => undefined),
      limits: { ...limits, waitMaxMs: 1 },
    });
    await rig.lose();
    await expect(rig.supervisor.running()).resolves.toBe(null);
    await rig.supervisor.close();
  });

  it('counts a restoration that takes too long as a failure', async () => {
    const rig = await supervise({
      restore: () => new Promise(() => undefined),
      limits: { ...limits, startMaxMs: 5 },
    });
    await rig.lose();
    expect(await rig.supervisor.failed).toMatchObject({
      message:
        'the tiny worker failed 3 times, last because it did not take its state within 0.005 s',
    });
    expect(rig.workers.map(({ closed }) => closed)).toEqual([0, 1, 1]);
  });

  it('restarts nothing once it is closed, and leaves no worker behind', async () => {
    let begin: (worker: FakeWorker) => void = () => undefined;
    const late = new FakeWorker(2);
    const first = new FakeWorker(1);
    const starts = [
      Promise.resolve(first),
      new Promise<FakeWorker>((resolve) => {
        begin = resolve;
      }),
    ];
    const rig = await supervise({ start: () => starts.shift()! });
    first.die(new Error('it died'));
    await expect.poll(() => starts.length).toBe(0);
    await rig.supervisor.close();
    begin(late);
    await expect.poll(() => late.closed).toBe(1);
    expect(rig.supervisor.state).toBe('closed');
    expect(rig.restarts).toEqual([]);
  });
});
