import { expect, it } from 'vitest';
import { emptyHead } from '../../../../../../operators/detect/heads/score.ts';
import type { Head } from '../../../../../../operators/detect/heads/head.ts';
import type { Change } from '../../../../../../operators/learn/strategy.ts';
import { rightNames } from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/mistakes.ts';
import { playStream } from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/play-stream.ts';
import { questionsOf } from '../../../../../../pipeline/laboratory/benchmarks/recordings/stream/visits.ts';
import { placed, twoClassHead, visitOf } from './scene.ts';

const visits = ['cone', 'cup', 'cone'].map((name, i) =>
  visitOf(`r${i}`, [[placed(i + 1)], [placed(i + 1)]], name),
);
const questions = questionsOf(visits, 1);
const evidence = visits.map((_, i) => ({
  examples: [],
  negatives: [],
  background: new Float32Array(128 * (i + 1)),
  backgroundWeight: 1,
}));

/** Knows both classes from its first update on; keeps how much background each update had. */
class Learner {
  head: Head = emptyHead();
  readonly updates: number[] = [];

  update({ background }: Omit<Change, 'replay'>): Promise<Head> {
    this.updates.push(background.length / 128);
    this.head = twoClassHead('cone', 'cup');
    return Promise.resolve(this.head);
  }
}

it('judges each visit by the head before it, on the classes asked about by then', async () => {
  const learner = new Learner();
  const names = rightNames(questions);
  const stream = { visits, evidence, questions };
  const counts = await playStream(stream, { names, delay: 0, group: 1 }, learner);
  expect(counts.map(({ recording, judged, right }) => [recording, judged, right])).toEqual([
    ['r0', 0, 0],
    ['r1', 0, 0],
    ['r2', 2, 2],
  ]);
  expect(learner.updates).toEqual([1, 2, 3]);
});

it('counts the classes asked about although the answers are late', async () => {
  const learner = new Learner();
  const names = rightNames(questions);
  const stream = { visits, evidence, questions };
  const counts = await playStream(stream, { names, delay: 'end', group: 1 }, learner);
  expect(counts.map(({ judged, right }) => [judged, right])).toEqual([
    [0, 0],
    [0, 0],
    [2, 0],
  ]);
  expect(learner.updates).toEqual([6]);
});
