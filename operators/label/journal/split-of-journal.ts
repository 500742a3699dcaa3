import { classNameKey } from '../../foundation/names/class-name.ts';
import { HeldOutSplit } from '../held-out-split.ts';
import { isLabelEntry } from './journal-entry.ts';
import type { Journal } from './journal.ts';

/** A split that has decided what the entries of a journal record. `share` as for the split. */
export function splitOfJournal(journal: Journal, share: number): HeldOutSplit {
  const split = new HeldOutSplit(share);
  for (const entry of journal.entries) {
    if (!isLabelEntry(entry)) continue;
    const { fact } = entry;
    const name = fact.type === 'label' ? journal.classes.nameOf(fact.class) : null;
    for (const { object, heldOut, seen } of fact.samples) {
      if (seen === undefined) continue;
      const { merged, look, ...subject } = seen;
      const decision = { objectId: object, heldOut, moved: [], merged, look };
      split.apply(subject, name === null ? '' : classNameKey(name), decision);
    }
  }
  return split;
}
