import { expect, it } from 'vitest';
import { Journal } from '../../../operators/label/journal/journal.ts';
import { LearnedSet } from '../../../operators/learn/learned-set.ts';
import { classesToErase } from '../../../pipeline/state/erasure.ts';

const author = { by: 'person', atMs: 1 };

/** A journal in which the class `k1` was made and removed. */
function journal(): Journal {
  const made = { position: 1, ...author, fact: { type: 'class', name: 'vase' } } as const;
  const removed = { position: 2, ...author, fact: { type: 'remove', class: 'k1' } } as const;
  return new Journal([made, removed]);
}

it('erases a class that nothing knows any more, with all its names', () => {
  const erased = classesToErase(journal(), [new LearnedSet()], [], new Map());
  expect([...erased]).toEqual([['k1', ['vase']]]);
});

it('waits while the learner or the active head knows it', () => {
  const learned = new LearnedSet({ entries: [['s1', 'k1']], sealed: [] });
  expect(classesToErase(journal(), [learned], [], new Map()).size).toBe(0);
  expect(classesToErase(journal(), [new LearnedSet()], ['k1'], new Map()).size).toBe(0);
});

it('waits for a sample to be erased that is still learned under another class', () => {
  // It was learned as k0, then named as k1, which was removed before any update learned that:
  // without its vectors the learner could never forget it.
  const learned = new LearnedSet({ entries: [['s1', 'k0']], sealed: [] });
  const erasing = new Map([['s1', {}]]);
  expect(classesToErase(journal(), [learned], [], erasing).size).toBe(0);
  expect(classesToErase(journal(), [new LearnedSet()], [], erasing).size).toBe(1);
});

it('waits for a sample to be erased that an update in flight is learning', () => {
  const learning = new LearnedSet({ entries: [['s1', 'k1']], sealed: [] });
  const erasing = new Map([['s1', {}]]);
  expect(classesToErase(journal(), [new LearnedSet(), learning], [], erasing).size).toBe(0);
});
