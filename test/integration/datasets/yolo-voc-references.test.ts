import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../operators/datasets/dataset.ts';
import { DatasetError } from '../../../operators/datasets/dataset-error.ts';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { pythonReads, type Entry } from './python-reader.ts';
import { useDatasetFolder, vocXml } from '../../operators/datasets/dataset-folder.ts';

const script = './reference_yolo_voc.py';
const size = { width: 100, height: 80 };
const damages = 100;
const folder = useDatasetFolder();

const boxes = `0 0.5 0.5 0.25 0.5
1 0.125 0.25 0.2 0.1
0 0.8 0.7 0.3 0.4
0 0.31 0.62 0.11 0.07
`;
const pose = `0 0.5 0.5 0.25 0.5 0.45 0.4 2 0.55 0.6 1
1 0.125 0.25 0.2 0.1 0.1 0.25 2 0 0 0
0 0.8 0.7 0.3 0.4 0.7 0.8 1 0.85 0.6 2
`;
const outlines = `0 0.1 0.2 0.3 0.2 0.25 0.45
1 0.5 0.5 0.6 0.45 0.7 0.5 0.65 0.75 0.5 0.7
0 0.1 0.7 0.2 0.7 0.2 0.9 0.1 0.9
1 0.9 0.1 0.95 0.2 0.85 0.25 0.8 0.12 0.85 0.11
`;
const xml = vocXml([
  { name: 'cat', box: [10, 20, 30, 40], more: '<difficult>0</difficult>' },
  { name: 'ape', box: [50.5, 1, 99, 60] },
  { name: 'cat', box: [70, 50, 90, 80] },
]).replaceAll('><', '>\n<');

/** One fault of a text: a number, field, line or element changed, left out or repeated. */
function damaged(text: string, random: () => number): Buffer {
  const below = (end: number): number => Math.floor(random() * end);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const kinds = [/[-\d.]+/g, /[-\d.]+/g, /(?<=>)[^<\n]+(?=<)|[\d.]+(?=\n)/g, /[^\n]+\n/g];
  const { 0: part, index } = pick([...text.matchAll(pick(kinds))]);
  const behind = text.slice(index + part.length);
  const other = pick(['0', '1', '-0.1', '0.75', '1.2', '7', '0.5 0.5', '1e-1', 'x', '']);
  const replaced = pick([other, other, other, part + part, `${part} ${part}`, '']);
  if (below(4) > 0) return Buffer.from(text.slice(0, index) + replaced + behind);
  const bytes = Buffer.from(text);
  const at = below(bytes.length);
  if (below(3) === 0) return bytes.subarray(0, at);
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(pick(['', '9', '.', '-', ' ', '\n', 'e', '<', '\u00e9'])),
    bytes.subarray(at + below(2)),
  ]);
}

function comparable(entries: readonly Entry[]): unknown {
  return entries.map(([name, ...box]) => [name, ...box.map((side) => Math.round(side * 100))]);
}

function entriesOf(set: Dataset): readonly Entry[] {
  return set.images.flatMap(({ objects }) =>
    objects.map((object): Entry => [object.class, ...object.box]),
  );
}

describe.each([
  { title: 'YOLO boxes', format: 'yolo', text: boxes, ending: 'txt' },
  { title: 'YOLO keypoints', format: 'yolo', text: pose, ending: 'pose.txt' },
  { title: 'YOLO outlines', format: 'yolo', text: outlines, ending: 'txt' },
  { title: 'VOC objects', format: 'voc', text: xml, ending: 'xml' },
])('$title', ({ format, text, ending }) => {
  it(`are read as Python reads them or refused, after each of ${damages} damages`, async () => {
    const random = seededRandom(5);
    const cases = [
      Buffer.from(text),
      ...Array.from({ length: damages }, () => damaged(text, random)),
    ];
    const sets: string[] = [];
    const files: string[] = [];
    for (const [i, bytes] of cases.entries()) {
      const name = `${i}/a.${ending}`;
      await folder.write(name, bytes);
      await folder.picture(`${i}/${name.slice(name.indexOf('/') + 1, name.lastIndexOf('.'))}.png`);
      const yaml = ending === 'pose.txt' ? 'kpt_shape: [2, 3]\n' : '';
      if (format === 'yolo') await folder.write(`${i}/data.yaml`, `names: [cat, ape]\n${yaml}`);
      const path = folder.path(String(i));
      sets.push(format === 'yolo' ? `yolo:${path}/` : `voc:${path}:${path}`);
      files.push(folder.path(name));
    }
    const expected = pythonReads<readonly Entry[]>(script, format, size, files);
    let accepted = 0;
    for (const [i, spec] of sets.entries()) {
      const set = await readDataset(spec).catch((error: unknown) => error);
      if (set instanceof DatasetError && i > 0) continue;
      if (set instanceof Error) throw set;
      accepted++;
      const contents = cases[i]!.toString();
      expect(expected[i], contents).toBeTypeOf('object');
      expect(comparable(entriesOf(set as Dataset)), contents).toEqual(
        comparable(expected[i] as readonly Entry[]),
      );
    }
    expect(accepted).toBeGreaterThan(damages / 5);
    expect(accepted).toBeLessThan(damages);
  });
});
