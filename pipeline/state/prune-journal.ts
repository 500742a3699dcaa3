import { isLabelEntry } from '../../operators/label/journal/journal-entry.ts';
import type { Journal } from '../../operators/label/journal/journal.ts';
import type { LearnedSet } from '../../operators/learn/learned-set.ts';
import type { SampleMemory } from '../../operators/remember/sample.ts';

/** Entries above which old ones that say nothing any more are dropped. */
export const journalEntriesMax = 20_000;
/** The newest entries, which are never dropped, so that they can be undone. */
export const journalEntriesKept = 2000;

/**
 * Positions of entries that can be dropped: old ones about samples that are neither in memory nor
 * in the learner as anything but a count, and old notes of updates and rollbacks. Empty while the
 * journal is short. Entries about classes stay.
 */
export function prunableEntries(
  journal: Journal,
  memory: Pick<SampleMemory, 'get'>,
  learned: Pick<LearnedSet, 'labelOf'>,
): readonly number[] {
  if (journal.size <= journalEntriesMax) return [];
  const newest = journal.position - journalEntriesKept;
  const dropped = new Set<number>();
  for (const entry of journal.entries) {
    const { position, fact } = entry;
    if (position > newest) break;
    if (fact.type === 'learned' || fact.type === 'rollback') dropped.add(position);
    // Only an undo of an entry that goes as well says nothing any more.
    if (fact.type === 'undo' && dropped.has(fact.of)) dropped.add(position);
    if (!isLabelEntry(entry)) continue;
    const isUsed = entry.fact.samples.some(
      ({ id }) => memory.get(id) !== undefined || learned.labelOf(id) !== undefined,
    );
    if (!isUsed) dropped.add(position);
  }
  return [...dropped];
}
