import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  WorkerClient,
  type WorkerClientOptions,
} from '../../../../operators/foundation/threads/worker-client.ts';
import type { WorkerFailure } from '../../../../operators/foundation/threads/worker-start.ts';
import type { TinyCalls, TinySetup } from './tiny-worker.ts';

type TinyClient = WorkerClient<TinyCalls, { readonly started: boolean }>;

/** Carries a failure to the test unchanged. */
class FailureError extends Error {
  readonly failure: WorkerFailure;
  constructor(failure: WorkerFailure) {
    super(failure.code);
    this.failure = failure;
  }
}

const open: TinyClient[] = [];

async function start(
  options: Partial<WorkerClientOptions<TinyCalls>> = {},
  setup: Partial<TinySetup> = {},
): Promise<TinyClient> {
  const client: TinyClient = await WorkerClient.start(
    new URL('./tiny-worker.ts', import.meta.url),
    { start: 'ready', order: 'sequential', ...setup },
    { errorOf: (failure) => new FailureError(failure), ...options },
  );
  open.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

const failureOf = (failure: object) => ({ failure });

describe('starting a worker', () => {
  it('resolves once the worker is ready', async () => {
    const client = await start();
    expect(client.ready).toEqual({ started: true });
  });

  it('fails with the error that the worker throws, its code included', async () => {
    await expect(start({}, { start: 'throw' })).rejects.toMatchObject(
      failureOf({ code: 'unavailable', cause: { message: 'no such model', code: 'bad-model' } }),
    );
  });

  it('fails with the exit code when the worker ends before it is ready', async () => {
    await expect(start({}, { start: 'exit' })).rejects.toMatchObject(
      failureOf({ code: 'unavailable', exitCode: 3 }),
    );
  });
});

describe('a call', () => {
  it('that fails leaves the others alone', async () => {
    const client = await start();
    const [failed, worked] = await Promise.allSettled([
      client.call('fail', { message: 'bad input' }),
      client.call('work', { ms: 0 }),
    ]);
    expect(failed).toMatchObject({
      reason: failureOf({ code: 'failed', message: 'bad input', errorCode: 'E_BAD' }),
    });
    expect(worked).toEqual({ status: 'fulfilled', value: 1 });
  });

  it('with arguments that can not be cloned rejects and holds no place', async () => {
    const client = await start({ postedMax: 1, limits: [{ calls: ['fail'], unansweredMax: 1 }] });
    const uncloneable = { message: (() => 'a function') as unknown as string };
    for (let i = 0; i < 2; i++) {
      await expect(client.call('fail', uncloneable)).rejects.toThrow('could not be cloned');
    }
    await expect(client.call('work', { ms: 0 })).resolves.toBe(1);
  });

  it('transfers the arrays of its result, unless the worker keeps them', async () => {
    const client = await start();
    const { values } = await client.call('fill', { length: 3 });
    expect(values).toEqual([Float32Array.of(7, 7, 7), Float32Array.of(7, 7)]);
    expect((await client.call('own', {})).values).toEqual(Float32Array.of(1, 2));
    expect((await client.call('own', {})).values).toEqual(Float32Array.of(1, 2));
  });

  it('overlaps with others in a concurrent worker and not in a sequential one', async () => {
    const orderIn = async (order: TinySetup['order']) => {
      const client = await start({}, { order });
      return Promise.all([client.call('work', { ms: 50 }), client.call('rush', {})]);
    };
    expect(await orderIn('sequential')).toEqual([1, 2]);
    expect(await orderIn('concurrent')).toEqual([2, 1]);
  });
});

describe('limits', () => {
  it('refuse and count calls of a group beyond its limit, and serve the others', async () => {
    const client = await start({
      limits: [{ calls: ['work', 'rush'], unansweredMax: 2 }],
    });
    const outcomes = await Promise.allSettled([
      client.call('work', { ms: 1 }),
      client.call('rush', {}),
      client.call('work', { ms: 1 }),
      client.call('fill', { length: 1 }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[2]).toMatchObject({
      reason: failureOf({ code: 'refused', call: 'work', limit: 2 }),
    });
    expect(client.refused).toBe(1);
    await expect(client.call('rush', {})).resolves.toBe(3);
  });

  it('keep calls waiting on this side, where urgent ones overtake them', async () => {
    const client = await start({ limits: [{ calls: ['rush'], urgent: true }], postedMax: 2 });
    const works = [1, 2, 3, 4].map(() => client.call('work', { ms: 1 }));
    const rush = client.call('rush', {});
    expect(await Promise.all([...works, rush])).toEqual([1, 2, 4, 5, 3]);
  });

  it('refuse calls beyond the queue, whatever their group', async () => {
    const client = await start({ postedMax: 1, waitingMax: 2 });
    const outcomes = await Promise.allSettled([
      client.call('work', { ms: 1 }),
      client.call('work', { ms: 1 }),
      client.call('rush', {}),
      client.call('rush', {}),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect(outcomes[3]).toMatchObject({
      reason: failureOf({ code: 'refused', call: 'rush', limit: 2 }),
    });
  });
});

describe('aborting a call', () => {
  it('stops it in the worker and rejects with the reason', async () => {
    const client = await start({}, { order: 'concurrent' });
    const controller = new AbortController();
    const hanging = client.call('hang', {}, controller.signal);
    controller.abort(new Error('no longer needed'));
    await expect(hanging).rejects.toThrow('no longer needed');
  });

  it('drops it if it waits on this side', async () => {
    const client = await start({ postedMax: 1 });
    const controller = new AbortController();
    const first = client.call('work', { ms: 20 });
    const dropped = client.call('work', { ms: 1 }, controller.signal);
    const last = client.call('work', { ms: 1 });
    controller.abort(new Error('no longer needed'));
    await expect(dropped).rejects.toThrow('no longer needed');
    expect(await Promise.all([first, last])).toEqual([1, 2]);
  });

  it('before it is made rejects at once', async () => {
    const client = await start();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(client.call('work', { ms: 1 }, signal)).rejects.toThrow('too late');
  });
});

describe('closing a client', () => {
  it('answers the calls in the worker, rejects those that wait, and refuses later ones', async () => {
    const client = await start({ postedMax: 2 });
    const outcomes = Promise.allSettled([1, 2, 3].map(() => client.call('work', { ms: 1 })));
    await client.close();
    const closed = { status: 'rejected', reason: failureOf({ code: 'closed' }) };
    expect(await outcomes).toMatchObject([{ value: 1 }, { value: 2 }, closed]);
    await expect(client.call('rush', {})).rejects.toMatchObject(failureOf({ code: 'closed' }));
    await client.close();
    await client.exited;
  });
});

describe('a worker that dies', () => {
  it.each([
    ['exits', 'exit', { exitCode: 5 }],
    ['throws', 'crash', { cause: { message: 'out of luck' } }],
  ] as const)('and %s rejects every call, made and later ones', async (_, name, facts) => {
    const client = await start({ postedMax: 1 });
    const outcomes = Promise.allSettled([
      client.call(name, { code: 5 }),
      client.call('work', { ms: 1 }),
    ]);
    await client.exited;
    const died = { reason: failureOf({ code: 'died', ...facts }) };
    expect(await outcomes).toMatchObject([died, died]);
    await expect(client.call('rush', {})).rejects.toMatchObject(died.reason);
  });
});

describe('a worker that hangs', () => {
  const hung = failureOf({
    code: 'died',
    cause: { message: expect.stringContaining('its thread was ended') as string },
  });

  it('in a step that never ends is ended, and every call rejects', async () => {
    const client = await start({ watchdog: { silentMaxMs: 300, everyMs: 20 } });
    const outcomes = Promise.allSettled([client.call('freeze', {}), client.call('rush', {})]);
    expect(await client.lost).toMatchObject(hung);
    expect(await outcomes).toMatchObject([{ reason: hung }, { reason: hung }]);
    await client.exited;
  });

  it('in a call that it never answers is ended, though its event loop goes on', async () => {
    const stalls = [{ calls: ['hang' as const], maxMs: 100 }];
    const client = await start({ watchdog: { silentMaxMs: 60_000, stalls, everyMs: 20 } });
    await expect(client.call('hang', {})).rejects.toMatchObject(hung);
    await client.exited;
  });

  it('is distinguished from one that is busy for longer and comes back in between', async () => {
    const client = await start({ watchdog: { silentMaxMs: 500, everyMs: 20 } });
    await expect(client.call('work', { ms: 900 })).resolves.toBe(1);
  });

  it.each([
    ['long', 200, 1],
    ['short and repeated', 1, 1000],
  ])('in native code is ended after it (%s)', async (_, ms, times) => {
    const counts = new Int32Array(new SharedArrayBuffer(4));
    const client = await start();
    const outcome = Promise.allSettled([client.call('native', { ms, times, counts })]);
    await vi.waitUntil(() => Atomics.load(counts, 0) > 0, { interval: 1 });
    await client.close(20);
    await client.exited;
    expect(await outcome).toMatchObject([{ reason: failureOf({ code: 'closed' }) }]);
    expect(counts[0]! % 2).toBe(0);
    expect(counts[0]!).toBeLessThan(1000);
  });

  it('is ended by a close after its time', async () => {
    const client = await start();
    const frozen = client.call('freeze', {});
    const outcome = Promise.allSettled([frozen]);
    await client.close(50);
    expect(await outcome).toMatchObject([{ reason: failureOf({ code: 'closed' }) }]);
    await client.exited;
  });
});
