import { describe, expect, it } from 'vitest';
import type { Example } from '../../../../../../operators/learn/strategy.ts';
import {
  evidenceOf,
  learnChange,
  renameChange,
} from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/evidence.ts';
import type { StepPicture } from '../../../../../../pipeline/laboratory/protocols/protocol.ts';
import { placed, visitOf } from './scene.ts';

function example(id: string, label: string | null): Example {
  return {
    id,
    label,
    dense: new Float32Array(0),
    denseTargets: new Float32Array(0),
    embeddings: new Float32Array(0),
  };
}

/** An example for each box, one negative, and a row of background. */
const examplesOf = ({ image, boxes }: StepPicture) =>
  Promise.resolve({
    examples: boxes.map(({ label }, i) => example(`${image.id}/${i}`, label)),
    negatives: [example(`${image.id}/not`, null)],
    background: Float32Array.of(1),
    backgroundWeight: 3,
  });

const frames = [
  [placed(1), placed(2, 'elsewhere')],
  [placed(3, 'elsewhere'), placed(1)],
  [placed(3, 'elsewhere')],
];
const visit = visitOf('a', frames, 'cone');
const idsOf = (examples: readonly Example[]) => examples.map(({ id, label }) => [id, label]);

describe('evidence of a visit', () => {
  it('is of the frames of tracks that are asked about, and of these tracks alone', async () => {
    const evidence = await evidenceOf(visit, { questions: [{ track: 1 }], samples: 9, examplesOf });
    const { examples, negatives, background, backgroundWeight } = evidence;
    expect(examples.map(({ track, example: { id } }) => [track, id])).toEqual([
      [1, 'a/cone0/0'],
      [1, 'a/cone1/0'],
    ]);
    expect(negatives).toHaveLength(2);
    expect([background.length, backgroundWeight]).toEqual([2, 3]);
  });

  it('is of so many frames of each track, spread over all of them', async () => {
    const long = visitOf(
      'b',
      Array.from({ length: 9 }, (_, i) => (i < 7 ? [placed(1)] : [placed(1), placed(2)])),
      'cup',
    );
    const framesOf = async (tracks: number[], samples: number) => {
      const questions = tracks.map((track) => ({ track }));
      const { examples } = await evidenceOf(long, { questions, samples, examplesOf });
      return examples.map(({ track, example: { id } }) => `${track} in ${id.slice(5, 6)}`);
    };
    expect(await framesOf([1], 3)).toEqual(['1 in 0', '1 in 4', '1 in 8']);
    expect(await framesOf([1], 1)).toEqual(['1 in 0']);
    const both = ['1 in 0', '1 in 7', '2 in 7', '1 in 8', '2 in 8'];
    expect(await framesOf([1, 2], 2)).toEqual(both);
  });

  it('is learned under the names of its tracks, everything else as background', async () => {
    const evidence = await evidenceOf(visit, {
      questions: [{ track: 1 }, { track: 2 }],
      samples: 9,
      examplesOf,
    });
    const change = learnChange([evidence], new Map([[2, 'cup']]));
    expect(idsOf(change.added)).toEqual([
      ['a/cone0/1', 'cup'],
      ['a/cone0/not', null],
      ['a/cone1/not', null],
    ]);
    expect(change.removed).toEqual([]);
    expect(change.background).toHaveLength(2);
  });

  it('moves to other names, or is taken back, without its background', async () => {
    const evidence = await evidenceOf(visit, {
      questions: [{ track: 1 }, { track: 2 }],
      samples: 9,
      examplesOf,
    });
    const from = new Map([
      [1, 'cup'],
      [2, 'box'],
    ]);
    const renamed = renameChange([evidence], from, new Map([...from, [1, 'cone']]));
    const ofFirst = ['a/cone0/0', 'a/cone1/0'];
    expect(idsOf(renamed.removed)).toEqual(ofFirst.map((id) => [id, 'cup']));
    expect(idsOf(renamed.added)).toEqual(ofFirst.map((id) => [id, 'cone']));
    expect(renamed.background).toHaveLength(0);
    const taken = renameChange([evidence], from, new Map([[1, 'cup']]));
    expect(idsOf(taken.removed)).toEqual([['a/cone0/1', 'box']]);
    expect(taken.added).toEqual([]);
  });

  it('learned under wrong names that are undone is that learned under the right ones', async () => {
    const questions = [{ track: 1 }, { track: 2 }, { track: 3 }];
    const evidence = await evidenceOf(visit, { questions, samples: 9, examplesOf });
    const right = new Map([
      [1, 'cone'],
      [2, 'cup'],
      [3, 'box'],
    ]);
    const wrong = new Map([...right, [1, 'cup'], [3, 'cone']]);
    const { added } = learnChange([evidence], wrong);
    const undone = renameChange([evidence], wrong, right);
    const keyOf = ({ id, label }: Example) => `${id} ${label}`;
    const removed = new Set(undone.removed.map(keyOf));
    const left = [...added.filter((each) => !removed.has(keyOf(each))), ...undone.added];
    expect(left.map(keyOf).sort()).toEqual(learnChange([evidence], right).added.map(keyOf).sort());
    expect(renameChange([evidence], right, right)).toMatchObject({ added: [], removed: [] });
  });
});
