import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUpStore } from '../../../../../operators/foundation/store/copies/back-up-store.ts';
import { restoreStore } from '../../../../../operators/foundation/store/copies/restore-store.ts';
import { openRecordFile } from '../../../../../operators/foundation/store/file/open-record-file.ts';
import { FolderLock } from '../../../../../operators/foundation/store/lock/folder-lock.ts';
import { runStoreProgram } from '../lock/run-store-program.ts';
import { contentsOf, makeSmallStore, type Contents } from '../salvage/small-store.ts';

let dir: string;
let path: string;
let backup: string;
let contents: Contents;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-copies-'));
  path = join(dir, 'state', 'store.db');
  backup = join(dir, 'backup.db');
  await mkdir(join(dir, 'state'));
  contents = makeSmallStore(path, 1, 20);
});
afterEach(() => rm(dir, { recursive: true }));

function read(file: string): Contents {
  const opened = openRecordFile(file);
  expect(opened.damage).toEqual([]);
  const found = contentsOf(opened.file);
  opened.file.close();
  return found;
}

function countOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

describe('a backup of a store', () => {
  it('has all records, as counted, and leaves the store as it is', async () => {
    const before = await readFile(path);
    const { counts, damage } = await backUpStore(path, backup);
    expect([...counts.keys()]).toEqual(['kind0', 'kind1', 'kind2']);
    expect(countOf(counts)).toBe(contents.size);
    expect(damage).toEqual([]);
    expect(read(backup)).toEqual(contents);
    expect(await readFile(path)).toEqual(before);
    expect((await readdir(dir)).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it(
    'is made while another program uses the store, which goes on',
    { timeout: 120_000 },
    async () => {
      const program = runStoreProgram(path);
      try {
        expect(await program.answer()).toBe('open');
        expect(await program.ask('commit new 3')).toBe('committed');
        await backUpStore(path, backup);
        expect(await program.ask('commit later 3')).toBe('committed');
      } finally {
        await program.kill();
      }
      expect(read(backup)).toEqual(new Map([...contents, ['k/new', 'xxx']]));
    },
  );

  it('has all that is intact in a damaged store, and says that it is damaged', async () => {
    const bytes = await readFile(path);
    bytes[0] = 0;
    await writeFile(path, bytes);
    expect((await backUpStore(path, backup)).damage).toEqual([`${path} is damaged`]);
    expect(read(backup)).toEqual(contents);
    expect(await readFile(path)).toEqual(bytes);
    expect(await readdir(dir)).toEqual(expect.not.arrayContaining(['backup.db.damaged-1']));
  });

  it('is refused without a store, and never replaces a file', async () => {
    const none = join(dir, 'none', 'store.db');
    await expect(backUpStore(none, backup)).rejects.toMatchObject({
      code: 'missing',
      message: `${none} does not exist`,
    });
    await writeFile(backup, 'kept');
    await expect(backUpStore(path, backup)).rejects.toMatchObject({ code: 'unwritable' });
    expect(await readFile(backup, 'utf8')).toBe('kept');
  });
});

describe('a restored store', () => {
  it('has all records of the backup, as counted', async () => {
    await backUpStore(path, backup);
    const restored = join(dir, 'new', 'state', 'store.db');
    expect(countOf(await restoreStore(backup, restored))).toBe(contents.size);
    expect(read(restored)).toEqual(contents);
    expect(read(backup)).toEqual(contents);
  });

  it('is refused where a state is or a program is at work', async () => {
    await copyFile(path, backup);
    await expect(restoreStore(backup, path)).rejects.toMatchObject({
      code: 'unwritable',
      message: `${join(dir, 'state')} has a state already: ${path} exists`,
    });
    for (const name of ['memory.bin', 'learner.bin', 'heads']) {
      const folder = join(dir, name);
      await mkdir(join(folder, name), { recursive: true });
      await expect(restoreStore(backup, join(folder, 'store.db'))).rejects.toThrow(
        `has a state already: ${join(folder, name)} exists`,
      );
    }
    const lock = FolderLock.take(join(dir, 'used'));
    await expect(restoreStore(backup, join(dir, 'used', 'store.db'))).rejects.toMatchObject({
      code: 'in-use',
    });
    lock.release();
    expect(await readdir(join(dir, 'used'))).toEqual(['lock.db']);
  });

  it('is refused unless all of the backup is intact', async () => {
    const restored = join(dir, 'new', 'store.db');
    await expect(restoreStore(backup, restored)).rejects.toMatchObject({ code: 'missing' });
    await writeFile(backup, '');
    await expect(restoreStore(backup, restored)).rejects.toMatchObject({ code: 'corrupt' });
    const bytes = await readFile(path);
    bytes[20]! ^= 1;
    await writeFile(backup, bytes);
    await expect(restoreStore(backup, restored)).rejects.toMatchObject({
      code: 'corrupt',
      message: `${backup} is damaged`,
    });
    await writeFile(backup, 'something else');
    await expect(restoreStore(backup, restored)).rejects.toMatchObject({ code: 'corrupt' });
    expect(await readFile(backup, 'utf8')).toBe('something else');
    expect(await readdir(join(dir, 'new'))).toEqual(['lock.db']);
  });
});
