import { mkdtempSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StateError } from '../../../../operators/foundation/files/state-error.ts';
import { storeLimits } from '../../../../operators/foundation/store/file-record-store.ts';
import { openRecordStore } from '../../../../operators/foundation/store/open-record-store.ts';
import { spawnWorker } from '../../../../operators/foundation/threads/spawn-worker.ts';
import { runStoreProgram, unshare, type StoreProgram } from './lock/run-store-program.ts';
import { put, text } from './records.ts';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lifelens-store-'));
  path = join(dir, 'store.db');
});
afterEach(() => rm(dir, { recursive: true }));

describe('the thread of a record store', { timeout: 120_000 }, () => {
  /** Opens a store and gives the threads that it starts. */
  async function openWithThreads() {
    const threads: Worker[] = [];
    const spawn: typeof spawnWorker = (...args) => {
      const thread = spawnWorker(...args);
      threads.push(thread);
      return thread;
    };
    return { store: await openRecordStore(path, { spawn }), threads };
  }

  it('is started anew when it ends; what was committed is there, what waits is done', async () => {
    const { store, threads } = await openWithThreads();
    await store.commit([put('k', 'before', '1')]);
    await threads[0]!.terminate();
    const list = store.list('k');
    await store.commit([put('k', 'after', '2')]);
    expect((await list).map(({ key }) => key)).toEqual(['before']);
    expect(await store.list('k')).toHaveLength(2);
    expect(threads).toHaveLength(2);
    await store.close();
  });

  it('that ends in a commit fails this commit only', async () => {
    const { store, threads } = await openWithThreads();
    const first = store.commit([put('k', 'a', '1')]);
    const ended = expect(first).rejects.toMatchObject({ name: 'StateError', code: 'unwritable' });
    // The commit has been posted, and the thread has not read it.
    await Promise.resolve();
    await Promise.resolve();
    void threads[0]!.terminate();
    const second = store.commit([put('k', 'b', '2')]);
    await ended;
    await second;
    expect(text((await store.get('k', 'b'))!)).toBe('2');
    await store.close();
  });

  it('that does not start again leaves the store lost, which says so once and for all', async () => {
    const { store, threads } = await openWithThreads();
    await threads[0]!.terminate();
    // What is in the place of the file can't be opened.
    await rm(path);
    await mkdir(path);
    const commit = expect(store.commit([put('k', 'a', '1')])).rejects.toMatchObject({
      name: 'StateError',
    });
    expect(await store.lost).toMatchObject({ name: 'StateError' });
    await commit;
    await expect(store.commit([put('k', 'b', '1')])).rejects.toMatchObject({ name: 'StateError' });
    expect(threads.length).toBeLessThanOrEqual(1 + storeLimits.restartAfterMs.length);
    await store.close();
  });
});

it('files of killed writers are removed at the opening, others are kept', async () => {
  await mkdir(join(dir, 'heads'));
  const leftovers = ['memory.bin.12.tmp', 'heads/3.head.99.tmp', 'store.db.abc.tmp-journal'];
  for (const name of [...leftovers, 'heads/3.head', 'notes.tmp.txt']) {
    await writeFile(join(dir, name), 'x');
  }
  await (await openRecordStore(path)).close();
  expect(readdirSync(dir, { recursive: true }).map(String).sort()).toEqual(
    ['heads', 'heads/3.head', 'lock.db', 'notes.tmp.txt', 'store.db', 'store.db-journal'].sort(),
  );
});

it('more commits or bytes than may wait are refused', async () => {
  const limits = { bytesMax: 1000, commitsMax: 3, sharedBytesMax: 1 };
  const store = await openRecordStore(path, { limits });
  const outcomes = async (lengths: readonly number[]): Promise<string> => {
    const settled = await Promise.allSettled(
      lengths.map((length) => store.commit([put('k', 'same', 'x'.repeat(length))])),
    );
    const codes = settled.map((outcome) =>
      outcome.status === 'fulfilled' ? 'ok' : (outcome.reason as StateError).code,
    );
    return codes.join(' ');
  };
  expect(await outcomes([400, 600, 1])).toBe('ok ok unwritable');
  expect(await outcomes([1, 1, 1, 1])).toBe('ok ok ok unwritable');
  // One alone may have any size.
  expect(await outcomes([5000])).toBe('ok');
  await store.close();
});

describe.runIf(process.platform === 'linux')('a disk that is full', { timeout: 120_000 }, () => {
  let program: StoreProgram | undefined;
  afterEach(() => program?.kill());

  it('fails the commits that need space, loses nothing, and is no matter once there is space', async () => {
    // The program has a disk of 1 MiB for itself, on which a file takes half of the space.
    const disk = join(dir, 'disk');
    await mkdir(disk);
    const script = `mount -t tmpfs -o size=1m none ${disk} && head -c 500000 /dev/zero > ${disk}/ballast && exec "$@"`;
    program = runStoreProgram(join(disk, 'state', 'store.db'), [
      ...unshare('--mount'),
      ...['sh', '-c', script, 'sh'],
    ]);
    expect(await program.answer()).toBe('open');
    expect(await program.ask('commit small 1000')).toBe('committed');
    expect(await program.ask('commit large 600000')).toBe(
      `failed unwritable ${disk}/state/store.db can't be written: the disk is full`,
    );
    expect(await program.ask('commit other 1000')).toBe('committed');
    expect(await program.ask('get small')).toBe('bytes 1000');
    expect(await program.ask('get large')).toBe('bytes none');
    await writeFile(`/proc/${program.process.pid}/root${disk}/ballast`, '');
    expect(await program.ask('commit large 600000')).toBe('committed');
    expect(await program.ask('get large')).toBe('bytes 600000');
    expect(await program.ask('get other')).toBe('bytes 1000');
    expect(await program.ask('close')).toBe('closed');
  });

  it('that is read-only is refused with the reason', async () => {
    const disk = join(dir, 'disk');
    await mkdir(disk);
    program = runStoreProgram(join(disk, 'state', 'store.db'), [
      ...unshare('--mount'),
      ...['sh', '-c', `mount -t tmpfs -o ro none ${disk} && exec "$@"`, 'sh'],
    ]);
    expect(await program.answer()).toBe(
      `failed unwritable ${disk}/state can't be written to: the file system is read-only`,
    );
  });
});
