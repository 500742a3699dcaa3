import type { Journal } from '../../../operators/label/journal/journal.ts';
import type { ClassId } from '../../../operators/label/journal/journal-entry.ts';
import type { LearnedSet, TargetLabel } from '../../../operators/learn/learned-set.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import type { SampleMemory } from '../../../operators/remember/sample.ts';

/** The label under which the journal wants a sample to be learned. */
export function wantedLabel(journal: Journal, sampleId: string): TargetLabel {
  const facts = journal.factsOf(sampleId);
  if (facts === null || facts.heldOut || facts.erased) return undefined;
  if (facts.name !== null) return facts.name.class;
  return facts.notA.length > 0 ? null : undefined;
}

/** Learned classes that were merged or removed since, and what takes their place: null for none. */
export function successorsOf(
  journal: Journal,
  learned: LearnedSet,
): ReadonlyMap<ClassId, ClassId | null> {
  const { classes } = journal;
  const successors = new Map<ClassId, ClassId | null>();
  for (const id of learnedClasses(learned)) {
    const now = classes.isRemoved(id) ? null : classes.resolve(id);
    if (now !== id) successors.set(id, now);
  }
  return successors;
}

/** Ids of the classes that a learner knows by examples. */
export function learnedClasses(learned: LearnedSet): ReadonlySet<ClassId> {
  return new Set([...learned.labels].filter((label) => label !== null));
}

/**
 * Classes of a head, by name, that no sample is to be learned as and none was: they may be missing
 * in the next one. A class that a later update will learn is not among them.
 */
export function withdrawnClasses(
  { classes, classIds = [] }: Pick<HeadDraft, 'classes' | 'classIds'>,
  learned: LearnedSet,
  { journal, memory }: { readonly journal: Journal; readonly memory: Pick<SampleMemory, 'values'> },
): readonly string[] {
  const known = new Set<ClassId>(learnedClasses(learned));
  for (const { id } of memory.values()) {
    const label = wantedLabel(journal, id);
    if (typeof label === 'string') known.add(label);
  }
  return classIds.flatMap((id, i) => (known.has(journal.classes.resolve(id)) ? [] : classes[i]!));
}
