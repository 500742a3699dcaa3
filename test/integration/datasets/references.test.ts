import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../operators/datasets/dataset.ts';
import { DatasetError } from '../../../operators/datasets/dataset-error.ts';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { classNameKey } from '../../../operators/foundation/names/class-name.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { useDatasetFolder } from '../../operators/datasets/dataset-folder.ts';
import { mutated } from './mutations.ts';
import { python, pythonReads, type Entry } from './python-reader.ts';
import { cocoSet, cvatImages, cvatVideo, labelStudioExport } from './sets.ts';

const size = { width: 100, height: 80 };
const script = './reference.py';
const damages = 100;
const folder = useDatasetFolder();

type Reading = Readonly<Record<string, readonly Entry[]>>;

function readingOf({ images }: Dataset): Reading {
  return Object.fromEntries(
    images.map(({ path, objects }) => [
      basename(path).toLowerCase(),
      objects.map((object): Entry => [object.class, ...object.box]),
    ]),
  );
}

/** Objects in an order of their own, with rounded boxes and the keys of their names. */
function comparable(reading: Reading): unknown {
  const sides = (entry: Entry): string =>
    entry.map((part) => (typeof part === 'number' ? part.toFixed(1) : '')).join();
  const keys = Object.keys(reading).sort();
  return keys.map((key) => [
    key,
    [...reading[key]!]
      .sort((a, b) => (sides(a) < sides(b) ? -1 : 1))
      .map(([name, ...box]) => [
        classNameKey(name),
        ...box.map((side) => Math.round(side * 5) / 5),
      ]),
  ]);
}

beforeAll(() => {
  const { status, stderr, error } = spawnSync(python, ['-c', 'import numpy, pycocotools.mask'], {
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new Error(
    `these tests need Python with pycocotools (pip install pycocotools), as ${python} or as ` +
      `LIFELENS_TEST_PYTHON says: ${error?.message ?? stderr}`,
  );
});

describe.each([
  { title: 'COCO', format: 'coco', file: 'set.json', text: cocoSet(), pictures: ['a', 'b'] },
  {
    title: 'CVAT images',
    format: 'cvat',
    file: 'set.xml',
    text: cvatImages(),
    pictures: ['a', 'b'],
  },
  {
    title: 'CVAT video',
    format: 'cvat',
    file: 'set.xml',
    text: cvatVideo(),
    pictures: [0, 1, 2, 3, 4, 5].map((frame) => `frame_00000${frame}`),
  },
  {
    title: 'Label Studio',
    format: 'labelstudio',
    file: 'set.json',
    text: labelStudioExport(),
    pictures: ['a', 'b'],
  },
])('sets of $title', ({ format, file, text, pictures }) => {
  const draw = async (): Promise<void> => {
    for (const name of pictures) await folder.picture(`img/${name}.png`, size.width, size.height);
  };
  const read = (name: string): Promise<Dataset> =>
    readDataset(`${format}:${folder.path(name)}:${folder.path('img')}`);

  it('are read as Python reads them', async () => {
    await draw();
    await folder.write(file, text);
    const [expected] = pythonReads<Reading>(script, format, size, [folder.path(file)]);
    expect(expected).toBeTypeOf('object');
    expect(comparable(readingOf(await read(file)))).toEqual(comparable(expected as Reading));
  });

  it(`are read as Python reads them or refused, after each of ${damages} damages`, async () => {
    await draw();
    const random = seededRandom(13);
    const names = Array.from({ length: damages }, (_, i) => `case-${i}-${file}`);
    for (const name of names) await folder.write(name, mutated(text, random));
    const expected = pythonReads<Reading>(
      script,
      format,
      size,
      names.map((name) => folder.path(name)),
    );
    let accepted = 0;
    for (const [i, name] of names.entries()) {
      const set = await read(name).catch((error: unknown) => error);
      const contents = readFileSync(folder.path(name), 'utf8');
      if (set instanceof DatasetError) continue;
      if (set instanceof Error) throw set;
      accepted++;
      expect(expected[i], contents).toBeTypeOf('object');
      const reading = comparable(readingOf(set as Dataset));
      expect(reading, contents).toEqual(comparable(expected[i] as Reading));
    }
    // Many damages change only a number or the order, or something that is not read.
    expect(accepted).toBeGreaterThan(damages / 10);
    expect(accepted).toBeLessThan(damages);
  });
});
