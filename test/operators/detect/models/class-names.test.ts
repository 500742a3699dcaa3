import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cocoClasses } from '../../../../operators/detect/engines/coco-classes.ts';
import { classMapOf } from '../../../../operators/detect/models/names/class-map.ts';
import { cocoById } from '../../../../operators/detect/models/names/coco-ids.ts';
import { parseNames } from '../../../../operators/detect/models/names/parse-names.ts';
import {
  namesBytesMax,
  readNamesFile,
} from '../../../../operators/detect/models/names/read-names-file.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-names-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('parseNames', () => {
  it.each([
    [`{0: 'person', 1: 'bicycle'}`, ['person', 'bicycle']],
    [`{1: 'b', 0: 'a'}`, ['a', 'b']],
    [`{0: "driver's seat", 1: 'say "cheese"'}`, ["driver's seat", 'say "cheese"']],
    [String.raw`{0: 'it\'s', 1: 'caf\xe9', 2: 'a\\b'}`, ["it's", 'café', 'a\\b']],
    [`['a', 'b: c', 'd, e']`, ['a', 'b: c', 'd, e']],
    [`["a", "b",]`, ['a', 'b']],
    [`{"0": "a", "1": "b"}`, ['a', 'b']],
    [`{0: 7}`, ['7']],
    ['cat\r\ndog\n\n', ['cat', 'dog']],
  ])('reads %s', (text, names) => {
    expect(parseNames(text)).toEqual(names);
  });

  it.each([
    '',
    '{}',
    '[]',
    `{0: 'a', 2: 'b'}`,
    `{0: 'a', 0: 'b', 1: 'c', x: 'd'}`,
    `{0: 'a'`,
    `['a' 'b']`,
    `{0: 'a'} and more`,
    `{0: ''}`,
    `{0: 'a\u0000'}`,
  ])('refuses %j', (text) => {
    expect(parseNames(text)).toBeNull();
  });

  it('ends on long text with quotes that never close', () => {
    expect(parseNames(`{0: '${"\\'".repeat(50_000)}`)).toBeNull();
  });
});

describe('readNamesFile', () => {
  it('reads the names of a data.yaml, as list and as mapping', async () => {
    const list = write('list.yaml', 'train: images\nnc: 2\nnames: [a, b]\n');
    const mapping = write('map.yml', 'names:\n  0: a\n  1: b\n');
    expect(await readNamesFile(list)).toEqual(['a', 'b']);
    expect(await readNamesFile(mapping)).toEqual(['a', 'b']);
  });

  it('refuses what holds no names, and names the file', async () => {
    for (const [name, text] of [
      ['none.yaml', 'train: images\n'],
      ['broken.json', '["a", '],
      ['numbers.json', '{"a": 1}'],
      ['empty.txt', '\n'],
    ] as const) {
      const path = write(name, text);
      await expect(readNamesFile(path)).rejects.toMatchObject({ code: 'bad-model' });
      await expect(readNamesFile(path)).rejects.toThrow(path);
    }
    await expect(readNamesFile(join(folder, 'missing.txt'))).rejects.toThrow('missing.txt');
  });

  it.each([
    ['cat\n\ndog\n', 2],
    ['\ncat\ndog', 1],
    ['cat\r\ndog\r\n \r\nbird\r\n\r\n', 3],
  ])('refuses %j, in which the names after a blank line would shift', async (text, line) => {
    const path = write('blank.txt', text);
    await expect(readNamesFile(path)).rejects.toThrow(
      `blank.txt: line ${line} is blank, where a class name was expected`,
    );
    expect(parseNames(text)).toBeNull();
  });

  it('refuses a file beyond the bound before reading it', async () => {
    const path = write('large.txt', 'a\n'.repeat(namesBytesMax / 2 + 1));
    await expect(readNamesFile(path)).rejects.toThrow(`more than ${namesBytesMax} bytes`);
  });
});

describe('classMapOf', () => {
  const file = { path: 'm.onnx', metadata: new Map<string, string>(), classes: null };
  const own = (count: number | null) => ({ count, firstUnused: false });

  it('takes COCO’s names for 80 scores, and for 91 without the numbers that were never used', async () => {
    expect((await classMapOf(file, null, own(80))).names).toEqual(cocoClasses);
    const { names, numbers } = await classMapOf(file, null, { count: 91, firstUnused: true });
    expect(names).toEqual(cocoClasses);
    expect([numbers[0], numbers.at(-1)]).toEqual([1, 90]);
    expect(cocoById[13]).toBe('stop sign');
    expect(cocoById[12]).toBeNull();
  });

  it('prefers a file to metadata, and metadata to COCO', async () => {
    const path = write('two.txt', 'a\nb');
    const written = { ...file, metadata: new Map([['names', `{0: 'x', 1: 'y'}`]]) };
    expect((await classMapOf(written, path, own(2))).names).toEqual(['a', 'b']);
    expect((await classMapOf(written, null, own(2))).names).toEqual(['x', 'y']);
  });

  it('lets names leave out the unused first score', async () => {
    const path = write('three.txt', 'a\nb\nc');
    const first = await classMapOf(file, path, { count: 4, firstUnused: true });
    expect([...first.numbers]).toEqual([1, 2, 3]);
    const all = await classMapOf(file, path, { count: 3, firstUnused: true });
    expect([...all.numbers]).toEqual([0, 1, 2]);
  });

  it('leaves out numbers whose name says that they are not used', async () => {
    const path = write('places.txt', 'N/A\na\n???\n???\nb');
    const { names, numbers } = await classMapOf(file, path, own(5));
    expect(names).toEqual(['a', 'b']);
    expect([...numbers]).toEqual([1, 4]);
  });

  it('leaves out a first name for nothing, where there is one name more than numbers', async () => {
    const path = write('labelmap.txt', '???\na\nb');
    const maps = [own(2), { ...own(null), isFirstClass: true }];
    for (const numbers of maps) {
      const found = await classMapOf(file, path, numbers);
      expect([found.names, [...found.numbers]]).toEqual([
        ['a', 'b'],
        [0, 1],
      ]);
    }
    const all = await classMapOf(file, path, own(3));
    expect([...all.numbers]).toEqual([1, 2]);
    const counted = await classMapOf(file, path, { count: null, firstUnused: true });
    expect([...counted.numbers]).toEqual([1, 2]);
    await expect(classMapOf(file, write('plain.txt', 'a\nb\nc'), own(2))).rejects.toThrow('has 3');
    const lite = await classMapOf(file, 'coco-91', { ...own(null), isFirstClass: true });
    expect([lite.names[0], lite.numbers[0]]).toEqual(['person', 0]);
  });

  it('says how many names are needed', async () => {
    await expect(classMapOf(file, null, own(7))).rejects.toThrow('7 class names are needed');
    await expect(classMapOf(file, write('one.txt', 'a'), own(7))).rejects.toThrow('has 1');
    await expect(classMapOf(file, null, own(null))).rejects.toThrow('set detect.names');
    const counted = { ...file, classes: 12 };
    await expect(classMapOf(counted, null, own(null))).rejects.toThrow('12 class names');
  });

  it('refuses names that are there twice', async () => {
    const path = write('twice.txt', 'a\nb\na');
    await expect(classMapOf(file, path, own(3))).rejects.toThrow('has the class a twice');
  });

  it('refuses metadata that cannot be read, rather than guess', async () => {
    const written = { ...file, metadata: new Map([['names', '{0: person}']]) };
    await expect(classMapOf(written, null, own(80))).rejects.toThrow("can't be read");
  });
});
