import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { RecordStore } from '../../../operators/foundation/store/record-store.ts';
import { classOfEntry } from '../../../operators/label/journal/class-table.ts';
import type { JournalEntry } from '../../../operators/label/journal/journal-entry.ts';
import { Journal } from '../../../operators/label/journal/journal.ts';
import { readJournalEntry } from '../../../operators/label/journal/read-journal-entry.ts';
import { HeadHistory } from '../../../operators/swap/head-history.ts';
import { withNames } from '../../../operators/swap/named-head.ts';
import { readHeadBundle, type HeadBundle } from '../../../operators/swap/store/head-bundle.ts';
import { numberKey, readJson } from '../record-kinds.ts';
import { countOf, RecordReader } from './record-reader.ts';
import { othersIn, readRollbacks } from '../sight/rollbacks.ts';
import type { StateParts } from '../state-parts.ts';

export interface RestoreHeadsOptions {
  /** Heads kept for rollback. */
  readonly keep: number;
  /** Called with one line for each record that cannot be used. */
  readonly onDamaged: (line: string) => void;
}

/** Journal and heads of a state. */
export type RestoredHeads = Pick<
  StateParts,
  'journal' | 'heads' | 'headsStored' | 'activeLost' | 'rollbacks'
>;

/** Reads journal and heads of a store. What cannot be read is left out and reported. */
export async function restoreHeads(
  store: Pick<RecordStore, 'list' | 'get'>,
  options: RestoreHeadsOptions,
): Promise<RestoredHeads> {
  const reader = new RecordReader(store, options.onDamaged);
  const bundles = await reader.list('head', (bytes) =>
    readHeadBundle(Buffer.from(bytes).toString('utf8')),
  );
  const entries = await reader.list('journal', readEntry);
  const { position } = await reader.fact('journal');
  const journal = new Journal([...entries, ...lostClasses(entries, bundles)], countOf(position));
  const active = await reader.fact('active');
  const restored = headsOf(bundles, active, { journal, ...options });
  return {
    journal,
    ...restored,
    headsStored: bundles.map(({ head }) => [head.version, head.classIds ?? []] as const),
    rollbacks: readRollbacks(
      restored.activeLost ? { ...active, rolledBack: false } : active,
      restored.heads.active,
    ),
  };
}

/** An entry, which is at the position of its key. */
function readEntry(bytes: Uint8Array, key: string): JournalEntry {
  const entry = readJournalEntry(readJson(bytes));
  if (numberKey(entry.position) === key) return entry;
  throw new Error(`it is entry ${entry.position}`);
}

/** Entries that create the classes whose own entries are lost, with the names that heads know. */
function lostClasses(
  entries: readonly JournalEntry[],
  bundles: readonly HeadBundle[],
): JournalEntry[] {
  const known = new Set<string>();
  const used = new Map<string, JournalEntry>();
  for (const entry of entries) {
    const id = classOfEntry(entry);
    if (id === null) continue;
    if (entry.fact.type === 'class') known.add(id);
    else if (entry.fact.type !== 'remove' && !used.has(id)) used.set(id, entry);
  }
  const names = new Map(
    bundles.flatMap(({ head: { classIds = [], classes } }) =>
      classIds.map((id, i) => [id, classes[i]!] as const),
    ),
  );
  const taken = new Set(entries.map(({ position }) => position));
  return [...used].flatMap(([id, { position, by, atMs }]): JournalEntry[] => {
    // The entry of a class stands before the first label of it, and has left a gap.
    let own = Number(/^k(\d+)$/.exec(id)?.[1] ?? position - 1);
    while (own > 0 && taken.has(own)) own--;
    if (known.has(id) || own < 1) return [];
    taken.add(own);
    return [
      {
        position: own,
        by,
        atMs,
        fact: { type: 'class', id, name: names.get(id) ?? `class ${id}` },
      },
    ];
  });
}

function headsOf(
  bundles: readonly HeadBundle[],
  active: Readonly<Record<string, unknown>>,
  { journal, keep, onDamaged }: RestoreHeadsOptions & { journal: Journal },
): Pick<StateParts, 'heads' | 'activeLost'> {
  const first = emptyHead();
  const held = bundles.map(({ head, parent }) => ({
    head: withNames(head, (id) => journal.classes.nameOf(id)),
    parent,
  }));
  const versions = new Set([first.version, ...held.map(({ head }) => head.version)]);
  const newest = Math.max(...versions);
  const wanted = active['version'] === undefined ? newest : countOf(active['version']);
  const activeLost = !versions.has(wanted);
  if (activeLost) {
    onDamaged(`head ${wanted}, which was active, is lost; head ${newest} takes its place`);
  }
  const heads = new HeadHistory(first, {
    held,
    activeVersion: activeLost ? newest : wanted,
    newestVersion: Math.max(newest, countOf(active['newest']), wanted),
    // The history holds the first head in addition to the stored ones.
    keep: Math.max(3, keep + 1),
    keptFor: othersIn(active).map(({ version }) => version),
  });
  return { heads, activeLost };
}
