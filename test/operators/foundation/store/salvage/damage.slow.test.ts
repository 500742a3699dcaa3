import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { pageBytes } from '../../../../../operators/foundation/store/file/database.ts';
import { openRecordFile } from '../../../../../operators/foundation/store/file/open-record-file.ts';
import { RecordFile } from '../../../../../operators/foundation/store/file/record-file.ts';
import { removeDamagedCopies } from '../../../../../operators/foundation/store/salvage/set-aside.ts';
import { hotJournal } from './hot-journal.ts';
import {
  contentsOf,
  makeSmallStore,
  pagesOfRecords,
  randomChanges,
  type Contents,
} from './small-store.ts';

let dir: string;
let intact: string;
let path: string;
let contents: Contents;
let pages: Map<string, Set<number>>;
let bytes: Buffer;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-damage-'));
  intact = join(dir, 'intact.db');
  path = join(dir, 'store.db');
  contents = makeSmallStore(intact, 1, 80);
  pages = pagesOfRecords(intact);
  bytes = readFileSync(intact);
});
afterAll(() => rm(dir, { recursive: true }));
beforeEach(() => {
  for (const name of readdirSync(dir)) if (name.startsWith('store.db')) rmSync(join(dir, name));
});

/** Opens the store and returns what is in it; it must be usable, and open without damage again. */
function openAndRead(): { found: Contents; damage: readonly string[] } {
  const { file, damage } = openRecordFile(path);
  const found = contentsOf(file);
  file.commit([{ put: { kind: 'new', key: 'one', bytes: Buffer.from('after') } }]);
  file.close();
  const again = openRecordFile(path);
  expect(again.damage).toEqual([]);
  expect(contentsOf(again.file)).toEqual(new Map([...found, ['new/one', 'after']]));
  again.file.close();
  return { found, damage };
}

/** Every record outside the damaged pages is kept, and none is wrong or back from the dead. */
function expectKept(found: Contents, isHit: (page: number) => boolean, what: string): void {
  for (const [id, text] of contents) {
    const hit = [...pages.get(id)!].some(isHit);
    if (!hit || found.has(id)) expect(found.get(id), `${id} after ${what}`).toBe(text);
  }
  for (const id of found.keys()) expect(contents.has(id), `${id} after ${what}`).toBe(true);
}

it('the store of these tests has rows in one page, in several, and removed ones', () => {
  expect(pages.size).toBe(contents.size);
  expect(contents.size).toBeGreaterThan(40);
  expect([...pages.values()].some((used) => used.size > 3)).toBe(true);
  copyFileSync(intact, path);
  expect(openAndRead()).toEqual({ found: contents, damage: [] });
});

describe('a damaged store', () => {
  const last = (): number => bytes.length - 1;
  const anywhere = (random: () => number): number => Math.floor(random() * bytes.length);
  const inHeader = (random: () => number): number => Math.floor(random() * 112);
  const inStructure = (random: () => number): number => {
    const page = Math.floor(random() * (bytes.length / pageBytes));
    return page * pageBytes + Math.floor(random() * 16);
  };

  it.each([
    ['a byte anywhere', 80, 1, anywhere],
    ['a byte of the header', 80, 1, inHeader],
    ['a byte of the structure', 80, 1, inStructure],
    ['nine bytes anywhere', 30, 9, anywhere],
  ] as const)('keeps what is intact when %s flips (%d times)', (what, times, flips, where) => {
    const random = seededRandom(times + flips);
    for (let round = 0; round < times; round++) {
      const damaged = Buffer.from(bytes);
      const offsets = Array.from({ length: flips }, () => where(random));
      for (const offset of offsets) damaged[offset]! ^= 1 + Math.floor(random() * 255);
      writeFileSync(path, damaged);
      const hit = new Set(offsets.map((offset) => Math.floor(offset / pageBytes) + 1));
      const { found } = openAndRead();
      expectKept(found, (page) => hit.has(page), `${what}: ${offsets.join()}`);
    }
  });

  it('keeps what is intact wherever it is cut, and starts empty when it is removed', () => {
    const random = seededRandom(5);
    for (let round = 0; round < 45; round++) {
      const length =
        round % 3 === 0 ? pageBytes * (1 + (anywhere(random) >> 12)) : anywhere(random);
      writeFileSync(path, bytes.subarray(0, length));
      const { found, damage } = openAndRead();
      expectKept(found, (page) => page * pageBytes > length, `cut at ${length}`);
      if (length > 0 && length < last()) expect(damage).toHaveLength(1);
    }
    rmSync(path);
    expect(openAndRead()).toEqual({ found: new Map(), damage: [] });
  });

  it('keeps what is intact when pages are zeroed, exchanged or filled with noise', () => {
    const random = seededRandom(6);
    for (let round = 0; round < 45; round++) {
      const damaged = Buffer.from(bytes);
      const [a, b] = [anywhere(random) >> 12, anywhere(random) >> 12];
      const [from, to] = [a * pageBytes, b * pageBytes];
      if (round % 3 === 0) damaged.fill(0, from, from + pageBytes);
      if (round % 3 === 1) bytes.copy(damaged, from, to, to + pageBytes);
      for (let at = from; round % 3 === 2 && at < from + pageBytes; at++) {
        damaged[at] = Math.floor(random() * 256);
      }
      writeFileSync(path, damaged);
      expectKept(openAndRead().found, (page) => page === a + 1, `page ${a + 1} like ${b + 1}`);
    }
  });

  it('is kept aside, the newest two, until the copies are removed', () => {
    const damaged = Buffer.from(bytes);
    damaged[0] = 0;
    for (let round = 1; round <= 4; round++) {
      writeFileSync(path, damaged);
      const { file, damage } = openRecordFile(path);
      file.close();
      expect(damage).toEqual([
        `${path} is damaged (its first page is not that of a store): ${contents.size} records are intact, and the damaged file is kept as store.db.damaged-${round}`,
      ]);
    }
    expect(readdirSync(dir).filter((name) => name.includes('damaged'))).toEqual([
      'store.db.damaged-3',
      'store.db.damaged-4',
    ]);
    expect(readFileSync(join(dir, 'store.db.damaged-4'))).toEqual(damaged);
    removeDamagedCopies(path);
    expect(readdirSync(dir).filter((name) => name.includes('damaged'))).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });
});

describe('a commit that the end of the process interrupted', () => {
  /** Writes a store whose last commit stands in some of its pages, and its journal. */
  function interrupt(random: () => number): { journal: Buffer; after: Contents } {
    copyFileSync(intact, path);
    const after = new Map(contents);
    const file = new RecordFile(path);
    file.commit(Array.from({ length: 4 }, () => randomChanges(random, after)).flat());
    file.close();
    const committed = readFileSync(path);
    const { journal, changed } = hotJournal(bytes, committed);
    const partly = Buffer.from(committed);
    for (const number of changed) {
      const at = (number - 1) * pageBytes;
      if (random() < 0.4) bytes.copy(partly, at, at, at + pageBytes);
    }
    const length =
      random() < 0.5 ? partly.length : Math.max(bytes.length, partly.length - pageBytes);
    writeFileSync(path, partly.subarray(0, length));
    return { journal, after };
  }

  it('is taken back', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 40; round++) {
      writeFileSync(`${path}-journal`, interrupt(random).journal);
      const { found, damage } = openAndRead();
      expect(damage).toEqual([]);
      expect(found).toEqual(contents);
    }
  });

  it('leaves all records outside the damage when its journal is damaged or cut', () => {
    const random = seededRandom(8);
    for (let round = 0; round < 60; round++) {
      const { journal, after } = interrupt(random);
      const hit = new Set<number>();
      const pageAt = (offset: number): number =>
        offset < 512 ? 0 : journal.readUInt32BE(512 + Math.floor((offset - 512) / 4104) * 4104);
      let damaged = Buffer.from(journal);
      const at = Math.floor(random() * (round % 4 === 0 ? 28 : journal.length));
      if (round % 3 === 0) {
        damaged = damaged.subarray(0, at);
        for (let offset = at; offset < journal.length; offset++) hit.add(pageAt(offset));
      } else {
        damaged[at]! ^= 1 + Math.floor(random() * 255);
        hit.add(pageAt(at));
      }
      writeFileSync(`${path}-journal`, damaged);
      const { found } = openAndRead();
      for (const [id, text] of contents) {
        const isHit = [...pages.get(id)!].some((page) => hit.has(page));
        if (!isHit) expect(found.get(id), `${id} in round ${round} at ${at}`).toBe(text);
      }
      for (const [id, text] of found) expect([contents.get(id), after.get(id)]).toContain(text);
    }
  });

  it('is known from its journal where the file was removed', () => {
    const { journal } = interrupt(seededRandom(9));
    rmSync(path);
    writeFileSync(`${path}-journal`, journal);
    const { found } = openAndRead();
    expect(found.size).toBeGreaterThan(0);
    for (const [id, text] of found) expect(contents.get(id)).toBe(text);
  });
});
