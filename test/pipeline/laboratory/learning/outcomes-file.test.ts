import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import {
  packOutcomes,
  type RunOutcomes,
  unpackOutcomes,
} from '../../../../pipeline/laboratory/learning/outcomes-file.ts';

const run: RunOutcomes = {
  protocol: 'all',
  strategy: 'tally',
  train: 'voc:a:b',
  test: 'voc:c:d',
  seed: 3,
  step: 2,
  pictures: ['one', 'two', 'three'],
  groups: [[0, 2], [1]],
  classes: new Map([
    [
      'cup',
      {
        pictures: Uint32Array.of(2, 0, 1),
        outcomes: Int8Array.of(1, -1, 0),
        scores: Float32Array.of(0.75, 0.5, 0.25),
        objects: [1, 0, 300],
      },
    ],
  ]),
};

it('a file of outcomes gives back what was packed', () => {
  expect(unpackOutcomes(packOutcomes(run), 'x')).toMatchObject(run);
});

function changed(change: (file: Record<string, unknown>) => void): Uint8Array {
  const file = JSON.parse(gunzipSync(packOutcomes(run)).toString()) as Record<string, unknown>;
  change(file);
  return gzipSync(JSON.stringify(file));
}

it.each([
  ['text', Buffer.from('{}')],
  ['another file of JSON', gzipSync('{"map50":1}')],
  ['half a file', packOutcomes(run).subarray(0, 60)],
  ['fewer pictures', changed((file) => (file['pictures'] = ['one']))],
  ['a group of no picture', changed((file) => (file['groups'] = [[7]]))],
  [
    'values of another length',
    changed((file) => {
      (file['classes'] as Record<string, Record<string, string>>)['cup']!['scores'] = 'AAAA';
    }),
  ],
])('%s is refused in a line that names the file', (_, bytes) => {
  expect(() => unpackOutcomes(bytes, 'a.gz')).toThrow(RangeError);
  expect(() => unpackOutcomes(bytes, 'a.gz')).toThrow(/^a\.gz: expected [^\n]*$/);
});
