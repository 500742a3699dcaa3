import { mkdtemp, mkdir, readdir, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type { HeadBundle } from '../../../../operators/swap/store/head-bundle.ts';
import { MemoryHeadStore, type HeadStore } from '../../../../operators/swap/store/head-store.ts';
import { openHeadStore } from '../../../../operators/swap/store/open-head-store.ts';
import { restoreHeadHistory } from '../../../../operators/swap/store/restore-head-history.ts';
import type { StateError } from '../../../../operators/foundation/files/state-error.ts';
import { draft } from '../sample-head.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-heads-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function bundle(version: number, parent: number | null = version - 1): HeadBundle {
  const head = { ...draft([`c${version}`]), version };
  return { head, parent, verdict: null, trainedOn: 'abc', createdMs: version };
}

const fileOf = (version: number): string =>
  join(folder, 'heads', `head-${String(version).padStart(6, '0')}.json`);

async function failureOf(work: Promise<unknown>): Promise<StateError> {
  return work.then(
    () => expect.fail('expected it to reject'),
    (error: unknown) => {
      expect((error as Error).name).toBe('StateError');
      expect((error as Error).message).not.toContain('\n');
      return error as StateError;
    },
  );
}

const stores: [string, (keep?: number) => Promise<HeadStore>][] = [
  ['the store in memory', async (keep) => new MemoryHeadStore(keep)],
  ['the store on disk', (keep) => openHeadStore(folder, keep === undefined ? {} : { keep })],
];

describe.each(stores)('%s', (_, open) => {
  it('is empty at first', async () => {
    const store = await open();
    expect(await store.list()).toEqual([]);
    expect(await store.latest()).toBeNull();
    expect(await store.activeVersion()).toBeNull();
  });

  it('returns saved bundles and the active version', async () => {
    const store = await open();
    for (const version of [1, 2, 10]) await store.saveActive(bundle(version));
    expect(await store.list()).toEqual([1, 2, 10]);
    expect(await store.load(2)).toEqual(bundle(2));
    expect(await store.latest()).toEqual(bundle(10));
    expect(await store.activeVersion()).toBe(10);
    await store.setActive(1);
    expect(await store.activeVersion()).toBe(1);
    expect(await store.latest()).toEqual(bundle(10));
    await store.setActive(0);
    expect(await store.activeVersion()).toBe(0);
  });

  it('keeps the newest bundles, the active one and its parent', async () => {
    const store = await open(3);
    for (let version = 1; version <= 6; version++) await store.saveActive(bundle(version));
    expect(await store.list()).toEqual([4, 5, 6]);
    for (let version = 7; version <= 8; version++) await store.saveActive(bundle(version, 4));
    expect(await store.list()).toEqual([4, 6, 7, 8]);
  });

  it('keeps 20 bundles by default', async () => {
    const store = await open();
    for (let version = 1; version <= 22; version++) await store.saveActive(bundle(version));
    expect(await store.list()).toHaveLength(20);
  });

  it('rejects a version that is not stored and leaves the active one unchanged', async () => {
    const store = await open();
    await store.saveActive(bundle(1));
    expect((await failureOf(store.load(5))).code).toBe('missing');
    expect((await failureOf(store.setActive(5))).code).toBe('missing');
    expect(await store.activeVersion()).toBe(1);
  });

  it('rejects a limit of 0 bundles', async () => {
    await expect(open(0)).rejects.toThrow(RangeError);
  });
});

describe('the store on disk', () => {
  it('keeps its content when it is reopened', async () => {
    const store = await openHeadStore(folder);
    await store.saveActive(bundle(1));
    await store.saveActive(bundle(2));
    await store.setActive(1);
    const reopened = await openHeadStore(folder, { readOnly: true });
    expect(await reopened.list()).toEqual([1, 2]);
    expect(await reopened.activeVersion()).toBe(1);
    expect(await reopened.load(2)).toEqual(bundle(2));
  });

  it('leaves only bundles and the active version in its folder', async () => {
    const store = await openHeadStore(folder);
    await store.saveActive(bundle(1));
    expect((await readdir(join(folder, 'heads'))).sort()).toEqual(['active', 'head-000001.json']);
  });

  it('removes temporary files of a killed writer, and nothing else', async () => {
    await mkdir(join(folder, 'heads'));
    await writeFile(`${fileOf(3)}.4711.tmp`, 'half');
    await writeFile(join(folder, 'heads', 'notes.tmp'), 'mine');
    const store = await openHeadStore(folder);
    expect(await store.list()).toEqual([]);
    expect(await readdir(join(folder, 'heads'))).toEqual(['notes.tmp']);
  });

  it('names the damaged file', async () => {
    const store = await openHeadStore(folder);
    await store.saveActive(bundle(1));
    const text = await readFile(fileOf(1), 'utf8');
    await writeFile(fileOf(1), text.slice(0, 100));
    const cut = await failureOf(store.load(1));
    expect(cut).toMatchObject({ code: 'corrupt', path: fileOf(1) });
    expect(cut.message).toBe(`${fileOf(1)} is damaged: it is not JSON: cut short or overwritten`);

    await writeFile(fileOf(2), text);
    expect((await failureOf(store.load(2))).message).toContain('it holds head 1');
    await writeFile(join(folder, 'heads', 'active'), 'latest');
    expect((await failureOf(store.activeVersion())).code).toBe('corrupt');
  });

  it('falls back to the newest bundle without a record of the active version', async () => {
    const store = await openHeadStore(folder);
    await store.saveActive(bundle(1));
    await store.saveActive(bundle(2));
    await rm(join(folder, 'heads', 'active'));
    expect(await store.activeVersion()).toBe(2);
  });

  it('rejects a state folder that is a file when it is opened', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const error = await failureOf(openHeadStore(file));
    expect(error).toMatchObject({ code: 'unwritable', path: file });
    expect(error.message).toMatch(/can't be written to \(E/);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'rejects a read-only state folder when it is opened, unless it only reads',
    async () => {
      await (await openHeadStore(folder)).saveActive(bundle(1));
      await chmod(join(folder, 'heads'), 0o555);
      expect(await failureOf(openHeadStore(folder))).toMatchObject({ code: 'unwritable' });
      const reading = await openHeadStore(folder, { readOnly: true });
      expect(await reading.load(1)).toEqual(bundle(1));
      await chmod(join(folder, 'heads'), 0o755);
    },
  );

  it('creates nothing when it only reads', async () => {
    const error = await failureOf(openHeadStore(folder, { readOnly: true }));
    expect(error.code).toBe('missing');
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps the old bundle intact when a new one cannot be written', async () => {
    const store = await openHeadStore(folder);
    await store.saveActive(bundle(1));
    await mkdir(fileOf(2));
    expect(await failureOf(store.saveActive(bundle(2)))).toMatchObject({ code: 'unwritable' });
    expect(await store.activeVersion()).toBe(1);
    expect(await store.load(1)).toEqual(bundle(1));
    expect(await readdir(join(folder, 'heads'))).not.toContainEqual(expect.stringMatching(/tmp$/));
  });
});

describe('restoreHeadHistory', () => {
  const damaged: StateError[] = [];
  beforeEach(() => {
    damaged.length = 0;
  });
  const restore = (store: HeadStore) =>
    restoreHeadHistory(store, emptyHead(), (error) => damaged.push(error));

  it('restores a history of the first head alone from an empty store', async () => {
    const history = await restore(new MemoryHeadStore());
    expect(history.versions).toEqual([0]);
    expect(history.active).toEqual(emptyHead());
  });

  it('restores the heads, the active one and its parent', async () => {
    const store = new MemoryHeadStore();
    for (const version of [1, 2, 3]) await store.saveActive(bundle(version));
    await store.setActive(2);
    const history = await restore(store);
    expect(history.versions).toEqual([0, 1, 2, 3]);
    expect([history.active.version, history.previous?.version]).toEqual([2, 1]);
    expect(history.number(draft([])).version).toBe(4);
  });

  it('stays rolled back to the first head', async () => {
    const store = new MemoryHeadStore();
    await store.saveActive(bundle(1));
    await store.setActive(0);
    expect((await restore(store)).active.version).toBe(0);
  });

  it('skips a damaged old head and does not reuse its version', async () => {
    const store = await openHeadStore(folder);
    for (const version of [1, 2, 3]) await store.saveActive(bundle(version));
    await store.setActive(1);
    await writeFile(fileOf(3), 'x');
    const history = await restore(store);
    expect(history.versions).toEqual([0, 1, 2]);
    expect(damaged.map(({ path }) => path)).toEqual([fileOf(3)]);
    expect(history.number(draft([])).version).toBe(4);
  });

  it('rejects if the active head is damaged or missing', async () => {
    const store = await openHeadStore(folder);
    await store.saveActive(bundle(1));
    await writeFile(fileOf(1), 'x');
    expect((await failureOf(restore(store))).code).toBe('corrupt');
    await rm(fileOf(1));
    expect(await failureOf(restore(store))).toMatchObject({ code: 'missing', path: fileOf(1) });
  });
});
