import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withTracks } from '../../../operators/datasets/read-tracks.ts';
import { setOf } from './set-of.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifelens-tracks-'));
  file = join(folder, 'tracks.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const image = (id: string) => ({ id, path: `${id}.jpg`, width: 10, height: 10, objects: [] });
const set = setOf([image('a'), image('b')]);

it('names the track of every picture, by text or number', async () => {
  writeFileSync(file, '{"b": 7, "a": "door", "c": 8}');
  const { images } = await withTracks(set, file);
  expect(images.map(({ id, track }) => [id, track])).toEqual([
    ['a', 'door'],
    ['b', '7'],
  ]);
});

it.each([
  ['{"a": 1}', 'bad-file', 'expected a track of picture "b"'],
  ['[1, 2]', 'bad-file', 'expected an object from picture ids'],
  ['{"a": {}, "b": 1}', 'bad-file', 'expected an object from picture ids'],
  ['{"a": 1', 'bad-file', 'not JSON'],
  [null, 'not-found', 'ENOENT'],
])('rejects %s in one line that names the file', async (text, code, problem) => {
  if (text !== null) writeFileSync(file, text);
  const error = await withTracks(set, file).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'DatasetError', code, path: file });
  expect((error as Error).message).toContain(problem);
  expect((error as Error).message).not.toContain('\n');
});
