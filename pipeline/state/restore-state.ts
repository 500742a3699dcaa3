import { naturalOrder } from '../../operators/foundation/files/natural-order.ts';
import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { emptyHead } from '../../operators/detect/heads/score.ts';
import type { RecordStore, StoredRecord } from '../../operators/foundation/store/record-store.ts';
import type { JournalEntry } from '../../operators/label/journal/journal-entry.ts';
import { Journal } from '../../operators/label/journal/journal.ts';
import { relabelled } from '../../operators/label/relabelled.ts';
import type { CappedMemory } from '../../operators/remember/capped-memory.ts';
import { decodeSample, type StoredSample } from '../../operators/remember/sample-record.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { HeadHistory } from '../../operators/swap/head-history.ts';
import { withNames } from '../../operators/swap/named-head.ts';
import { readHeadBundle, type HeadBundle } from '../../operators/swap/store/head-bundle.ts';
import { BackgroundLedger } from './background-ledger.ts';
import { idBlock, type IdMarks } from './durable-ids.ts';
import { decodeLearner, type LearnerState } from './learner-record.ts';
import { readJson } from './record-kinds.ts';
import type { StateParts } from './state.ts';

export interface RestoreOptions {
  /** Empty; gets the samples. */
  readonly memory: CappedMemory;
  /** Heads kept for rollback. */
  readonly keep: number;
  /** Called with one line for each record that cannot be used. */
  readonly onDamaged: (line: string) => void;
}

/** The parts of a state as its store holds them, and the numbers that were given. */
export interface RestoredState extends Omit<
  StateParts,
  'store' | 'memory' | 'ids' | 'removeCopies'
> {
  readonly marks: Partial<IdMarks>;
}

/** Reads a store. What cannot be read is left out and reported; nothing else suffers. */
export async function restoreState(
  store: RecordStore,
  { memory, keep, onDamaged }: RestoreOptions,
): Promise<RestoredState> {
  const read = <T>(records: readonly StoredRecord[], decode: (bytes: Uint8Array) => T): T[] =>
    records.flatMap(({ kind, key, bytes }) => {
      try {
        return [decode(bytes)];
      } catch (error) {
        onDamaged(`record ${kind} ${key} of the state is left out: ${messageOf(error)}`);
        return [];
      }
    });
  const fact = async (name: string): Promise<Record<string, unknown>> => {
    const bytes = await store.get('state', name);
    return bytes === null
      ? {}
      : ((read([{ kind: 'state', key: name, bytes }], readJson)[0] ?? {}) as Record<
          string,
          unknown
        >);
  };
  const samples = read(await store.list('sample'), decodeSample).sort((a, b) =>
    naturalOrder(a.sample.id, b.sample.id),
  );
  const bundles = read(await store.list('head'), (bytes) =>
    readHeadBundle(Buffer.from(bytes).toString('utf8')),
  );
  const entries = read(await store.list('journal'), (bytes) => readJson(bytes) as JournalEntry);
  const { position = 0 } = (await fact('journal')) as { position?: number };
  const journal = new Journal([...entries, ...lostClasses(entries, bundles)], position);
  const erasing = new Map<string, Sample>();
  memory.load(loadable(samples, journal, erasing));
  const learner = newestOf(read(await store.list('learner'), decodeLearner));
  const backgrounds = await store.list('background');
  const marks = (await fact('ids')) as Partial<IdMarks>;
  const active = await fact('active');
  return {
    journal,
    heads: headsOf(bundles, active, { journal, keep, onDamaged }),
    headsStored: bundles.map(({ head }) => [head.version, head.classIds ?? []] as const),
    learner,
    erasing,
    stored: samples.map(({ sample }) => sample.id),
    background: new BackgroundLedger(
      backgrounds.map(({ key, bytes }) => [Number(key), bytes.length] as const),
    ),
    rolledBack: active['rolledBack'] === true,
    gate: await fact('gate'),
    marks: Object.keys(marks).length > 0 ? marks : marksOf(samples),
  };
}

/** Samples with the labels that follow from the journal, without those of removed classes. */
function loadable(
  samples: readonly StoredSample[],
  journal: Journal,
  erasing: Map<string, Sample>,
): StoredSample[] {
  return samples.flatMap(({ sample, key }) => {
    if (journal.factsOf(sample.id)?.erased === true) {
      erasing.set(sample.id, sample);
      return [];
    }
    return [{ sample: relabelled(sample, journal), key }];
  });
}

/** Entries that create the classes whose own entries are lost, with the names that heads know. */
function lostClasses(
  entries: readonly JournalEntry[],
  bundles: readonly HeadBundle[],
): JournalEntry[] {
  const known = new Set<string>();
  const used = new Map<string, JournalEntry>();
  for (const entry of entries) {
    const { fact, position } = entry;
    if (fact.type === 'class') known.add(fact.id ?? `k${position}`);
    else if ('class' in fact && fact.type !== 'remove' && !used.has(fact.class)) {
      used.set(fact.class, entry);
    }
  }
  const names = new Map(
    bundles.flatMap(({ head: { classIds = [], classes } }) =>
      classIds.map((id, i) => [id, classes[i]!] as const),
    ),
  );
  const taken = new Set(entries.map(({ position }) => position));
  return [...used].flatMap(([id, { position, by, atMs }]): JournalEntry[] => {
    // The entry of a class stands directly before the first label of it.
    const own = Number(/^k(\d+)$/.exec(id)?.[1] ?? position - 1);
    if (known.has(id) || taken.has(own)) return [];
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
  active: Record<string, unknown>,
  { journal, keep, onDamaged }: Pick<RestoreOptions, 'keep' | 'onDamaged'> & { journal: Journal },
): HeadHistory {
  const first = emptyHead();
  const held = bundles.map(({ head, parent }) => ({
    head: withNames(head, (id) => journal.classes.nameOf(id)),
    parent,
  }));
  const versions = new Set([first.version, ...held.map(({ head }) => head.version)]);
  const newest = Math.max(...versions);
  const wanted = typeof active['version'] === 'number' ? active['version'] : newest;
  if (!versions.has(wanted)) {
    onDamaged(`head ${wanted}, which was active, is lost; head ${newest} takes its place`);
  }
  return new HeadHistory(first, {
    held,
    activeVersion: versions.has(wanted) ? wanted : newest,
    newestVersion: Math.max(newest, Number(active['newest'] ?? 0), wanted),
    // The history holds the first head in addition to the stored ones.
    keep: Math.max(3, keep + 1),
  });
}

function newestOf(copies: readonly LearnerState[]): LearnerState | null {
  return copies.reduce<LearnerState | null>(
    (newest, copy) => (newest === null || copy.sequence > newest.sequence ? copy : newest),
    null,
  );
}

/** Numbers that the samples show to be in use, where the record of numbers is lost. */
function marksOf(samples: readonly StoredSample[]): Partial<IdMarks> {
  if (samples.length === 0) return {};
  const highest = (numbers: readonly number[]): number => Math.max(0, ...numbers) + 1000 * idBlock;
  const numberIn = (text: string): number => Number(/^[a-z]+(\d+)$/.exec(text)?.[1] ?? 0);
  const all = samples.map(({ sample }) => sample);
  return {
    track: highest(all.map(({ trackId }) => trackId)),
    cluster: highest(all.map(({ clusterId }) => numberIn(clusterId))),
    sample: highest(all.map(({ id }) => numberIn(id))),
    box: highest(all.map(({ trackId }) => -trackId)),
  };
}
