import { expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../operators/detect/engines/engine.ts';
import { baseBoxes, proposalsOf, scoreProposals } from '../../../pipeline/batch/score-proposals.ts';
import { makePeaks } from '../../operators/detect/make-peaks.ts';
import { boxShift, headOf, latentOf } from '../../operators/track/scene.ts';

const size = { viewSize: 100, sourceWidth: 100, sourceHeight: 100 };
const classes = ['person', 'bicycle'];

const base = [
  { box: [0, 0, 40, 40], objectness: 0.6, baseClass: 0, baseScore: 0.6 },
  { box: [50, 50, 90, 90], objectness: 0.1, baseClass: 1, baseScore: 0.1 },
] as const;
/** The same image after learning: the second object gets learned objectness, with extra peaks. */
const learned = [
  { box: [51, 50, 91, 90], objectness: 0.9, baseClass: 0, baseScore: 0.01 },
  { box: [50, 50, 90, 90], objectness: 0.8, baseClass: 1, baseScore: 0.1 },
  { box: [2, 0, 42, 40], objectness: 0.7, baseClass: 1, baseScore: 0.25 },
  { box: [0, 0, 40, 40], objectness: 0.6, baseClass: 0, baseScore: 0.6 },
] as const;

it('detections of base classes do not depend on the learned objectness', () => {
  const before = baseBoxes(makePeaks([...base]), size, classes);
  expect(before.map((detection) => detection.class)).toEqual(['person', 'bicycle']);
  expect(baseBoxes(makePeaks([...learned]), size, classes)).toEqual(before);
});

it('boxes of learned classes are refined from the crop embedding', () => {
  const proposals = proposalsOf(makePeaks([...base]), size, classes).slice(1);
  const head = { ...headOf('cone', 1), box: boxShift([-0.2, 0, 0.25, 0.4]) };
  const named = scoreProposals(head, proposals, latentOf(0.9, cropEmbeddingLength), size);
  expect(named.map(({ box }) => box.map(Math.round))).toEqual([[42, 50, 100, 100]]);
  expect(scoreProposals(head, proposals, null, size)[0]?.box).toEqual([50, 50, 90, 90]);
});

it('proposals are sorted by objectness, including the learned one', () => {
  const boxes = proposalsOf(makePeaks([...learned]), size, classes).map(({ box }) => box[0]);
  expect(boxes).toEqual([51, 2]);
});

it('proposals are named by other looks than their own, and left out without one', () => {
  const proposals = proposalsOf(makePeaks([...base]), size, classes).slice(1);
  const head = headOf('cone', 1);
  const [good, poor] = [0.9, 0.3].map((value) => latentOf(value, cropEmbeddingLength));
  const scoresBy = (looks?: (Float32Array | null)[]) =>
    scoreProposals(head, proposals, poor!, size, looks).map(({ score }) => score);
  expect(scoresBy([poor!])).toEqual(scoresBy());
  expect(scoresBy([good!])[0]).toBeGreaterThan(scoresBy()[0]!);
  expect(scoresBy([null])).toEqual([]);
});
