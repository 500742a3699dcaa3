import { positionOf, type JournalEntry } from './journal/journal-entry.ts';
import type { Journal } from './journal/journal.ts';
import { LabelError } from './label-error.ts';

/**
 * The entry that an undo is about: the newest label, rename or merge that counts, or the one with
 * this id. Throws a `LabelError` where there is none or it cannot be taken back.
 */
export function undoableEntry(journal: Journal, labelId: string | undefined): JournalEntry {
  if (labelId === undefined) {
    const newest = journal.newestUndoable();
    if (newest !== null) return newest;
    throw new LabelError('nothing-to-undo', 'there is no label to take back');
  }
  const position = positionOf(labelId);
  const entry = position === null ? undefined : journal.get(position);
  if (entry === undefined) {
    throw new LabelError('nothing-to-undo', `label ${labelId} is not known`);
  }
  if (!journal.isActive(entry.position)) {
    throw new LabelError('nothing-to-undo', `label ${labelId} was taken back already`);
  }
  if (journal.isUndoable(entry)) return entry;
  const message =
    'class' in entry.fact && journal.classes.isRemoved(entry.fact.class)
      ? 'the removal of a class cannot be undone: its samples are erased'
      : `${labelId} is not a label`;
  throw new LabelError('nothing-to-undo', message);
}
