import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderLock } from '../../../../../operators/foundation/store/lock/folder-lock.ts';
import { startOf } from '../../../../../operators/foundation/store/lock/lock-holder.ts';
import { openRecordStore } from '../../../../../operators/foundation/store/open-record-store.ts';
import { runStoreProgram, unshare, type StoreProgram } from './run-store-program.ts';

let dir: string;
let programs: StoreProgram[];
const lock = (): string => join(dir, 'lock');
const path = (): string => join(dir, 'store.db');

function run(...prefix: readonly string[]): StoreProgram {
  const program = runStoreProgram(path(), prefix);
  programs.push(program);
  return program;
}

beforeEach(async () => {
  programs = [];
  dir = await mkdtemp(join(tmpdir(), 'lifelens-lock-'));
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.kill()));
  await rm(dir, { recursive: true });
});

// Each program compiles its sources.
describe('the lock of a folder', { timeout: 120_000 }, () => {
  it('has one holder at a time in a process; a refusal names the folder and the holder', () => {
    const held = FolderLock.take(dir);
    const message = `${dir} is in use by process ${process.pid}; end it first`;
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(() => FolderLock.take(dir)).toThrow(
        expect.objectContaining({ code: 'in-use', message }),
      );
    }
    expect(readFileSync(lock(), 'utf8')).toBe(
      `${process.pid} ${startOf(process.pid)} ${hostname()} (locks lock.db)\n`,
    );
    held.release();
    FolderLock.take(dir).release();
  });

  it('is held between processes, and ends with a killed one at once', async () => {
    const first = run();
    expect(await first.answer()).toBe('open');
    const message = `${dir} is in use by process ${first.process.pid}; end it first`;
    await expect(openRecordStore(path())).rejects.toMatchObject({ code: 'in-use', message });
    expect(await run().answer()).toBe(`failed in-use ${message}`);
    await first.kill();
    const store = await openRecordStore(path());
    await expect(openRecordStore(path())).rejects.toMatchObject({ code: 'in-use' });
    await store.close();
    expect((await readdir(dir)).sort()).toEqual(['lock.db', 'store.db', 'store.db-journal']);
  });

  it.runIf(process.platform === 'linux')(
    'is held between PID namespaces that have one host name and the same process ids',
    async () => {
      const apart = unshare('--pid', '--fork', '--mount-proc', '--kill-child');
      const first = run(...apart);
      expect(await first.answer()).toBe('open');
      expect(await readFile(lock(), 'utf8')).toMatch(/^1 /);
      expect(await run(...apart).answer()).toBe(
        `failed in-use ${dir} is in use by process 1; end it first`,
      );
      await expect(openRecordStore(path())).rejects.toMatchObject({ code: 'in-use' });
      await first.kill();
      expect(await run(...apart).answer()).toBe('open');
    },
  );

  it('that a person deletes leaves the paused holder unable to write', async () => {
    const paused = run();
    expect(await paused.answer()).toBe('open');
    expect(await paused.ask('commit before 5')).toBe('committed');
    paused.process.kill('SIGSTOP');
    await rm(lock());
    await rm(join(dir, 'lock.db'));
    const next = run();
    expect(await next.answer()).toBe('open');
    expect(await next.ask('commit next 7')).toBe('committed');
    paused.process.kill('SIGCONT');
    const answers = [await paused.ask('commit late 1'), await paused.answer()].sort();
    expect(answers).toEqual([
      `failed fenced ${path()} is not written any more: another program has opened it meanwhile`,
      'lost fenced',
    ]);
    expect(await paused.ask('commit later 1')).toContain('failed fenced');
    expect(await next.ask('get late')).toBe('bytes none');
    expect(await next.ask('get before')).toBe('bytes 5');
    expect(await paused.ask('close')).toBe('closed');
    expect(await next.ask('commit more 1')).toBe('committed');
    expect(await readFile(lock(), 'utf8')).toMatch(new RegExp(`^${next.process.pid} `));
  });

  it('is no lock any more when the file of the store is deleted or replaced', async () => {
    const holder = run();
    expect(await holder.answer()).toBe('open');
    await rm(path());
    expect((await holder.ask('commit a 1')).replace('lost fenced', 'failed fenced')).toContain(
      'failed fenced',
    );
    expect(await readdir(dir)).not.toContain('store.db');
  });
});

describe('the file `lock` of version 0.1, which has no lock of the system', () => {
  const alive = `${process.ppid} ${startOf(process.ppid)} ${hostname()}\n`;

  it('is respected while its process lives', async () => {
    await writeFile(lock(), alive);
    const message = `${dir} is in use by process ${process.ppid}; where that has ended, delete ${lock()}`;
    expect(() => FolderLock.take(dir)).toThrow(
      expect.objectContaining({ code: 'in-use', message }),
    );
    expect(await readFile(lock(), 'utf8')).toBe(alive);
    await rm(lock());
    FolderLock.take(dir).release();
  });

  it.each([
    ['its process has ended', `4194304000 1 ${hostname()}\n`],
    ['its process id belongs to a newer process', `${process.ppid} 1 ${hostname()}\n`],
    ['it is empty', ''],
    ['its holder had a lock of the system', '1 1 elsewhere (locks lock.db)\n'],
  ])('is taken over when %s', async (_, content) => {
    await writeFile(lock(), content);
    FolderLock.take(dir).release();
    expect(await readdir(dir)).toEqual(['lock.db']);
  });

  it('of another host is valid until it is untouched for a minute', async () => {
    await writeFile(lock(), '1 1 elsewhere\n');
    expect(() => FolderLock.take(dir)).toThrow(
      `${dir} is in use by process 1 on elsewhere; where that has ended, delete ${lock()}`,
    );
    const before = new Date(Date.now() - 61_000);
    await utimes(lock(), before, before);
    FolderLock.take(dir).release();
  });
});

it('a `lock.db` of any content is no hindrance', async () => {
  for (const content of ['', 'x', 'x'.repeat(5000)]) {
    await writeFile(join(dir, 'lock.db'), content);
    FolderLock.take(dir).release();
  }
});

it('a folder that can not be written to is refused with the reason', async () => {
  await writeFile(join(dir, 'file'), '');
  const folder = join(dir, 'file', 'state');
  await expect(openRecordStore(join(folder, 'store.db'))).rejects.toMatchObject({
    code: 'unwritable',
    message: `${folder} can't be written to: a part of its path is not a folder`,
  });
});
