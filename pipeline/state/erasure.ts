import { classOfEntry } from '../../operators/label/journal/class-table.ts';
import type { ClassId } from '../../operators/label/journal/journal-entry.ts';
import type { Journal } from '../../operators/label/journal/journal.ts';
import type { LearnedSet } from '../../operators/learn/learned-set.ts';
import type { HeadBundle } from '../../operators/swap/store/head-bundle.ts';

/** What is erased together with removed classes. */
export interface Erasure {
  /** Positions of the journal entries about them. */
  readonly entries: readonly number[];
  /** Versions of heads that know one of them. */
  readonly heads: readonly number[];
}

/**
 * Ids of removed classes, and of those merged into them, whose names are still in the journal and
 * that neither the learner nor the active head, by its class ids, knows any more. With each, the
 * names that it had. None while a sample that is to be erased is still learned, under whatever
 * class: the learner needs its vectors to forget it. `learned`: what the learner has learned, and
 * what the update in flight adds.
 */
export function classesToErase(
  journal: Journal,
  learned: readonly LearnedSet[],
  active: readonly ClassId[],
  erasing: ReadonlyMap<string, unknown>,
): ReadonlyMap<ClassId, readonly string[]> {
  const { classes } = journal;
  if (learned.some(({ ids }) => [...ids].some((id) => erasing.has(id)))) return new Map();
  const names = new Map<ClassId, string[]>();
  for (const entry of journal.entries) {
    const { fact } = entry;
    if (fact.type !== 'class' && fact.type !== 'rename') continue;
    const id = classOfEntry(entry)!;
    if (classes.isRemoved(id)) names.set(id, [...(names.get(id) ?? []), fact.name]);
  }
  const known = new Set<string | null>([
    ...learned.flatMap(({ labels }) => [...labels]),
    ...active,
  ]);
  // Either all removed classes are forgotten by now, or the next update forgets the rest.
  return [...names.keys()].some((id) => known.has(id)) ? new Map() : names;
}

/** What has to go with these classes. */
export function erasureOf(
  erased: ReadonlyMap<ClassId, readonly string[]>,
  journal: Journal,
  headsStored: ReadonlyMap<number, readonly ClassId[]>,
): Erasure {
  if (erased.size === 0) return { entries: [], heads: [] };
  const entries = [...journal.entries].flatMap((entry) => {
    const { position, fact } = entry;
    // Who removed a class stays on record, unless its id is its name.
    if (fact.type === 'remove' && /^k\d+$/.test(fact.class)) return [];
    // The reason names classes.
    if (fact.type === 'rollback' && fact.reason !== undefined) return [position];
    const id = classOfEntry(entry);
    return id !== null && erased.has(id) ? [position] : [];
  });
  const knowing = [...headsStored].filter(([, ids]) => ids.some((id) => erased.has(id)));
  return { entries, heads: knowing.map(([version]) => version) };
}

/** A bundle whose verdict does not name the erased classes. */
export function withoutNames(
  bundle: HeadBundle,
  erased: ReadonlyMap<ClassId, readonly string[]>,
): HeadBundle {
  if (erased.size === 0 || bundle.verdict === null) return bundle;
  const names = new Set([...erased.values()].flat());
  const perClass = bundle.verdict.perClass.filter(({ class: name }) => !names.has(name));
  const reason = 'classes were removed';
  return { ...bundle, verdict: { ...bundle.verdict, reason, perClass } };
}
