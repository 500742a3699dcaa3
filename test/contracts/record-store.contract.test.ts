import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import { openRecordStore } from '../../operators/foundation/store/open-record-store.ts';
import {
  MemoryRecordStore,
  type RecordChange,
  type RecordStore,
} from '../../operators/foundation/store/record-store.ts';
import { recordBytesMax } from '../../operators/foundation/store/stored-record.ts';
import { put, remove, text } from '../operators/foundation/store/records.ts';

let dir: string;
let store: RecordStore;

const stores: Readonly<Record<string, () => Promise<RecordStore>>> = {
  memory: async () => new MemoryRecordStore(),
  file: () => openRecordStore(join(dir, 'store.db')),
};

const listed = async (kind: string): Promise<string[]> =>
  (await store.list(kind)).map(({ key, bytes }) => `${key}=${text(bytes)}`);

describe.each(Object.entries(stores))('the %s record store', (_, open) => {
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lifelens-store-'));
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await rm(dir, { recursive: true });
  });

  it('starts empty', async () => {
    expect(store.damage).toEqual([]);
    expect(await store.list('sample')).toEqual([]);
    expect(await store.get('sample', 'a')).toBeNull();
  });

  it('adds, replaces and removes the records of a commit in its order', async () => {
    await store.commit([
      put('sample', 'b', 'one'),
      put('sample', 'a', 'two'),
      put('entry', 'b', ''),
    ]);
    await store.commit([put('sample', 'b', 'three'), remove('sample', 'a'), remove('sample', 'x')]);
    expect(await listed('sample')).toEqual(['b=three']);
    expect(await listed('entry')).toEqual(['b=']);
    await store.commit([remove('sample', 'b'), put('sample', 'b', '4'), put('sample', 'b', '5')]);
    expect(await listed('sample')).toEqual(['b=5']);
    await store.commit([put('sample', 'c', '6'), remove('sample', 'c')]);
    expect(await store.get('sample', 'c')).toBeNull();
    await store.commit([]);
  });

  it('lists a kind by key in code-unit order, whatever characters the keys have', async () => {
    const keys = ['ß', 'z', '10', '9', '𝄞', 'é', 'e\u0301', ' ', '\ufeffx', 'Z', '\uffff'];
    await store.commit(keys.map((key) => put('k', key, key)));
    await store.commit([put('k2', 'other', '')]);
    expect((await store.list('k')).map(({ key }) => key)).toEqual([...keys].sort());
    expect(text((await store.get('k', '𝄞'))!)).toBe('𝄞');
  });

  it('copies the bytes on their way in and out', async () => {
    const pool = new Uint8Array(100).fill(7);
    const view = pool.subarray(10, 20);
    const committed = store.commit([{ put: { kind: 'k', key: 'a', bytes: view } }]);
    view.fill(1);
    await committed;
    const expected = new Uint8Array(10).fill(7);
    const [record] = await store.list('k');
    expect(record?.bytes).toEqual(expected);
    expect(record?.bytes.buffer.byteLength).toBe(10);
    record?.bytes.fill(2);
    const bytes = await store.get('k', 'a');
    expect(bytes).toEqual(expected);
    bytes?.fill(3);
    expect(await store.get('k', 'a')).toEqual(expected);
  });

  it('applies concurrent commits in the order of the calls', async () => {
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 1000 }, async (__, index) => {
        await store.commit([put('k', 'last', String(index)), put('k', `n${index}`, '')]);
        order.push(index);
      }),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(text((await store.get('k', 'last'))!)).toBe('999');
    expect(await store.list('k')).toHaveLength(1001);
  });

  it('shows a list or record as it is after the commits before the call', async () => {
    const commits = [store.commit([put('k', 'a', '1')])];
    const first = store.list('k');
    commits.push(store.commit([put('k', 'a', '2'), put('k', 'b', '2')]));
    const second = store.get('k', 'a');
    expect(await first).toHaveLength(1);
    expect(text((await second)!)).toBe('2');
    await Promise.all(commits);
  });

  it.each<[string, RecordChange]>([
    ['an empty kind', put('', 'a', '')],
    ['a kind that is too long', put('k'.repeat(65), 'a', '')],
    ['an empty key', put('k', '', '')],
    ['a key that is too long', put('k', 'a'.repeat(513), '')],
    ['U+0000 in a key', remove('k', 'a\0')],
    ['half a surrogate pair', put('k', '\ud834', '')],
    [
      'too many bytes',
      { put: { kind: 'k', key: 'a', bytes: { byteLength: recordBytesMax + 1 } as Uint8Array } },
    ],
  ])('refuses %s, and nothing of the commit is made', async (__, change) => {
    const others = [store.commit([put('k', 'x', '1')]), store.commit([put('k', 'y', '1')])];
    await expect(store.commit([put('k', 'z', '1'), change])).rejects.toMatchObject({
      name: 'StateError',
      code: 'unwritable',
    });
    await Promise.all(others);
    expect(await listed('k')).toEqual(['x=1', 'y=1']);
  });

  it('takes records of every size', async () => {
    const random = seededRandom(1);
    const sizes = [0, 1, 3000, 4000, 4061, 4062, 4096, 8192, 100_000, 5_000_000];
    const records = sizes.map((size) => ({
      kind: 'k',
      key: String(size),
      bytes: Uint8Array.from({ length: size }, () => Math.floor(random() * 256)),
    }));
    await store.commit(records.map((record) => ({ put: record })));
    const byKey = new Map((await store.list('k')).map(({ key, bytes }) => [key, bytes]));
    for (const { key, bytes } of records) {
      expect(Buffer.compare(byKey.get(key)!, bytes), key).toBe(0);
    }
  });

  it('writes a backup that opens as a store, and never over a file', async () => {
    await store.commit([put('k', 'a', '1'), put('l', 'a', '2')]);
    const copy = join(dir, 'copies', 'copy.db');
    await expect(store.backup(copy)).rejects.toMatchObject({
      code: 'unwritable',
      message: `${copy} can't be written: its folder does not exist`,
    });
    const path = join(dir, 'copy.db');
    const backups = [store.backup(path), store.commit([put('k', 'b', '3')])];
    await Promise.all(backups);
    await expect(store.backup(path)).rejects.toMatchObject({
      code: 'unwritable',
      message: `${path} can't be written: it exists already`,
    });
    await writeFile(join(dir, 'other'), 'kept');
    await expect(store.backup(join(dir, 'other'))).rejects.toThrow('it exists already');
    expect(await readFile(join(dir, 'other'), 'utf8')).toBe('kept');
    expect((await readdir(dir)).filter((name) => name.includes('tmp'))).toEqual([]);
    expect(existsSync(join(dir, 'copies'))).toBe(false);

    await store.commit([put('k', 'c', '4')]);
    await store.close();
    store = await openRecordStore(path);
    expect((await listed('k')).join()).toMatch(/^a=1(,b=3)?$/);
    expect(await listed('l')).toEqual(['a=2']);
  });

  it('completes the calls made before it is closed, and rejects those after', async () => {
    const commits = [1, 2, 3].map((number) => store.commit([put('k', `${number}`, '')]));
    const list = store.list('k');
    await store.close();
    await Promise.all(commits);
    expect(await list).toHaveLength(3);
    await expect(store.commit([put('k', 'late', '')])).rejects.toMatchObject({
      code: 'unwritable',
    });
    await expect(store.list('k')).rejects.toThrow('is closed');
    await expect(store.get('k', 'a')).rejects.toThrow('is closed');
    await store.close();
  });
});
