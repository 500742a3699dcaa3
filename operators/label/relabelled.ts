import type { Label, Sample } from '../remember/sample.ts';
import type { ClassTable } from './journal/class-table.ts';
import { labelIdOf, type ClassId, type JournalEntry } from './journal/journal-entry.ts';
import type { Journal } from './journal/journal.ts';

/** The sample with the labels that follow from the journal, and on its side of the split. */
export function relabelled(sample: Sample, journal: Journal): Sample {
  const facts = journal.factsOf(sample.id);
  if (facts === null) return sample;
  const { classes } = journal;
  const notA = facts.notA.flatMap((id) => classes.nameOf(id) ?? []);
  const { label: _label, notA: _notA, ...rest } = sample;
  const label = facts.name === null ? null : labelOf(facts.name.entry, facts.name.class, classes);
  const heldOut = facts.heldOut && (label !== null || notA.length > 0);
  return { ...rest, label, ...(notA.length > 0 && { notA }), heldOut };
}

/** The label that an entry gives; `id`: the class by now, null for background. */
export function labelOf(
  { position, by, atMs }: JournalEntry,
  id: ClassId | null,
  classes: ClassTable,
): Label {
  const labelId = labelIdOf(position);
  if (id === null) return { kind: 'background', class: null, by, atMs, labelId };
  return { kind: 'class', class: classes.nameOf(id), by, atMs, labelId };
}
