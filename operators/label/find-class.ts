import { normaliseClassName } from '../foundation/names/class-name.ts';
import type { ClassId, JournalEntry } from './journal/journal-entry.ts';
import { Journal } from './journal/journal.ts';
import { LabelError } from './label-error.ts';

/** The name in its normal form. Throws a `LabelError` `bad-class-name`. */
export function checkedClassName(text: string): string {
  try {
    return normaliseClassName(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new LabelError('bad-class-name', message, { cause });
  }
}

/** The class of this name, one that samples have first; undefined where there is none. */
export function classNamed(journal: Journal, name: string): ClassId | undefined {
  const named = journal.classes.named(name);
  if (named.length < 2) return named[0];
  const inUse = journal.classesInUse();
  return named.find((id) => inUse.has(id)) ?? named[0];
}

/** The class of this name. Throws a `LabelError` that lists the names there are. */
export function existingClass(journal: Journal, text: string): ClassId {
  const name = checkedClassName(text);
  const id = classNamed(journal, name);
  if (id !== undefined) return id;
  const known = journal.classes.present.map((each) => each.name);
  const list = known.length === 0 ? 'none was learned yet' : `there are ${known.join(', ')}`;
  throw new LabelError('unknown-class', `there is no learned class ${name}; ${list}`);
}

/** Refuses a name that another class in use has. Throws a `LabelError` `class-exists`. */
export function checkNameIsFree(journal: Journal, name: string, id: ClassId, hint: string): void {
  const inUse = journal.classesInUse();
  const taken = journal.classes.named(name).some((other) => other !== id && inUse.has(other));
  if (taken) throw new LabelError('class-exists', `there is a class ${name} already; ${hint}`);
}

/** Refuses an undo after which two classes in use would have one name. */
export function checkNameAfterUndo(journal: Journal, { position, fact }: JournalEntry): void {
  if (fact.type !== 'rename' && fact.type !== 'merge') return;
  const probe = new Journal(journal.entries, journal.position);
  const undo = { type: 'undo', of: position } as const;
  probe.append({ position: journal.position + 1, by: '', atMs: 0, fact: undo });
  const name = probe.classes.nameOf(fact.class);
  if (name === null || !probe.classesInUse().has(fact.class)) return;
  checkNameIsFree(probe, name, fact.class, 'rename it first');
}
