import { expect, it } from 'vitest';
import type { Fact } from '../../../operators/label/journal/journal-entry.ts';
import { Journal } from '../../../operators/label/journal/journal.ts';
import { LearnedSet } from '../../../operators/learn/learned-set.ts';
import {
  journalEntriesKept,
  journalEntriesMax,
  prunableEntries,
} from '../../../pipeline/state/prune-journal.ts';

const label = (id: string, joinedTraining?: string[]): Fact => ({
  ...{ type: 'label', class: 'k1', samples: [{ id, object: id, heldOut: false }] },
  ...(joinedTraining && { joinedTraining }),
});
const nothing = new LearnedSet();
const memory = (...ids: string[]) => ({
  get: (id: string) => (ids.includes(id) ? ({ id } as never) : undefined),
});

/** A long journal that begins with these facts; the rest is about samples that are gone. */
function longJournal(...first: readonly Fact[]): Journal {
  const rest = Array.from({ length: journalEntriesMax }, (_, i): Fact => label(`gone${i}`));
  const facts = [...first, ...rest];
  return new Journal(facts.map((fact, i) => ({ position: i + 1, atMs: 0, by: '', fact })));
}

it('a short journal keeps all of its entries', () => {
  const journal = new Journal([{ position: 1, atMs: 0, by: '', fact: label('gone') }]);
  expect(prunableEntries(journal, memory(), nothing)).toEqual([]);
});

it('a long journal drops old labels of samples that are gone, and keeps what anything says', () => {
  const learned = new LearnedSet({ entries: [['learned', 'k1']], sealed: [] });
  const journal = longJournal(
    ...[{ type: 'class', name: 'cone' } as const, label('kept'), label('learned'), label('gone')],
    ...([
      { type: 'undo', of: 4 },
      { type: 'undo', of: 2 },
    ] as const),
    ...[{ type: 'learned', added: 1, removed: 0, background: 0, trainedOn: '' } as const],
    label('gone', ['kept']),
  );
  const sayBefore = ['kept', 'learned'].map((id) => journal.factsOf(id));
  const dropped = prunableEntries(journal, memory('kept'), learned);
  expect(dropped.filter((position) => position <= 8)).toEqual([4, 5, 7]);
  expect(Math.max(...dropped)).toBe(journal.position - journalEntriesKept);
  journal.drop(dropped);
  expect(['kept', 'learned'].map((id) => journal.factsOf(id))).toEqual(sayBefore);
  expect(journal.size).toBeLessThan(journalEntriesKept + 10);
});

it('an undo of an entry that is gone is dropped as well', () => {
  const journal = longJournal({ type: 'undo', of: 3 }, label('gone'));
  journal.drop([3]);
  expect(prunableEntries(journal, memory(), nothing)).toContain(1);
});
