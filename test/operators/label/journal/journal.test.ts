import { describe, expect, it } from 'vitest';
import type { Fact, JournalEntry } from '../../../../operators/label/journal/journal-entry.ts';
import { Journal } from '../../../../operators/label/journal/journal.ts';
import { JournalWorld } from './journal-world.ts';

/** A journal of these facts, from position 1. */
function journalOf(...facts: readonly Fact[]): Journal {
  return new Journal(facts.map((fact, i) => ({ position: i + 1, atMs: i, by: 'person', fact })));
}

const about = (...ids: string[]) => ({
  samples: ids.map((id) => ({ id, object: `o-${id}`, heldOut: false })),
});
const cone: Fact = { type: 'class', name: 'cone', id: 'a' };
const vase: Fact = { type: 'class', name: 'vase', id: 'b' };
const label = (id: string, ...samples: string[]): Fact => ({
  ...{ type: 'label', class: id, ...about(...samples) },
});
const notA = (id: string, ...samples: string[]): Fact => ({
  ...{ type: 'notA', class: id, ...about(...samples) },
});
const undo = (of: number): Fact => ({ type: 'undo', of });
const nameOf = (journal: Journal, id = 's'): string | null | undefined =>
  journal.factsOf(id)?.name?.class;

describe('a sample', () => {
  it('has the name of the newest label that counts, in whatever order labels are undone', () => {
    const both = [cone, vase, label('a', 's'), label('b', 's')] as const;
    expect(nameOf(journalOf(...both))).toBe('b');
    expect(nameOf(journalOf(...both, undo(3)))).toBe('b');
    expect(nameOf(journalOf(...both, undo(4)))).toBe('a');
    expect(nameOf(journalOf(...both, undo(3), undo(4)))).toBeUndefined();
    expect(nameOf(journalOf(...both, undo(4), undo(3)))).toBeUndefined();
  });

  it('keeps the names of older labels where the label of its cluster is undone', () => {
    const journal = journalOf(cone, vase, label('a', 's'), label('b', 's', 't'), undo(4));
    expect([nameOf(journal), nameOf(journal, 't')]).toEqual(['a', undefined]);
  });

  it('has a name and classes that it is not beside each other', () => {
    const journal = journalOf(cone, vase, label('b', 's'), notA('a', 's'));
    expect(journal.factsOf('s')).toMatchObject({ name: { class: 'b' }, notA: ['a'] });
  });

  it('is what the later of two contradicting facts says', () => {
    const denied = journalOf(cone, label('a', 's'), notA('a', 's'));
    expect(denied.factsOf('s')).toMatchObject({ name: null, notA: ['a'] });
    const named = journalOf(cone, notA('a', 's'), label('a', 's'));
    expect(named.factsOf('s')).toMatchObject({ name: { class: 'a' }, notA: [] });
    const merged = journalOf(...[cone, vase, label('a', 's'), notA('b', 's')], {
      type: 'merge',
      class: 'a',
      into: 'b',
    } as const);
    expect(merged.factsOf('s')).toMatchObject({ name: null, notA: ['b'] });
  });

  it('keeps its side of the split where its label is undone', () => {
    const heldOut: Fact = {
      ...{ type: 'label', class: 'a', samples: [{ id: 's', object: 'o1', heldOut: true }] },
    };
    const journal = journalOf(cone, heldOut, undo(2));
    expect(journal.factsOf('s')).toMatchObject({ name: null, heldOut: true, object: 'o1' });
  });

  it('that was moved to training stays there, even without the entry that moved it', () => {
    const heldOut: Fact = {
      ...{ type: 'label', class: 'a', samples: [{ id: 's', object: 'o1', heldOut: true }] },
    };
    const joining: Fact = { type: 'label', class: 'b', ...about('t'), joinedTraining: ['s'] };
    const journal = journalOf(cone, vase, heldOut, joining, undo(4));
    expect(journal.factsOf('s')?.heldOut).toBe(false);
    journal.drop([4]);
    expect(journal.factsOf('s')).toMatchObject({ heldOut: false, name: { class: 'a' } });
    expect(journal.factsOf('t')).toBeNull();
    expect(journal.newestUndoable()?.position).toBe(3);
  });

  it('of a removed class is to be erased, until it has another name', () => {
    const removed: Fact = { type: 'remove', class: 'a' };
    const journal = journalOf(cone, vase, label('a', 's', 't'), label('b', 't'), removed);
    expect(journal.factsOf('s')).toMatchObject({ name: null, erased: true });
    expect(journal.factsOf('t')).toMatchObject({ name: { class: 'b' }, erased: false });
  });
});

describe('a journal', () => {
  it('gives no position twice, not even of entries that were dropped or lost', () => {
    const journal = journalOf(cone, label('a', 's'));
    journal.drop([2]);
    expect(journal.position).toBe(2);
    const entry: JournalEntry = { position: 2, atMs: 0, by: 'person', fact: undo(1) };
    expect(() => journal.append(entry)).toThrow(RangeError);
    expect(new Journal([...journal.entries], 7).position).toBe(7);
  });

  it('names the newest label of a cluster that counts', () => {
    const first: Fact = { type: 'label', class: 'a', ...about('s'), cluster: 'c1' };
    const second: Fact = { type: 'dismiss', ...about('s'), cluster: 'c1' };
    expect(journalOf(cone, first, second).labelOfCluster('c1')?.position).toBe(3);
    expect(journalOf(cone, first, second, undo(3)).labelOfCluster('c1')?.position).toBe(2);
    expect(journalOf(cone, first, undo(2)).labelOfCluster('c1')).toBeNull();
  });

  it.each([1, 2, 3, 4])(
    'says what a naive one says after each of 200 random commands and restarts (seed %d)',
    async (seed) => {
      await new JournalWorld(seed).live(200);
    },
  );
});
