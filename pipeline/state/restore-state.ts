import { naturalOrder } from '../../operators/foundation/files/natural-order.ts';
import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { emptyHead } from '../../operators/detect/heads/score.ts';
import type { RecordStore, StoredRecord } from '../../operators/foundation/store/record-store.ts';
import { isLabelEntry, type JournalEntry } from '../../operators/label/journal/journal-entry.ts';
import { Journal } from '../../operators/label/journal/journal.ts';
import { readJournalEntry } from '../../operators/label/journal/read-journal-entry.ts';
import { relabelled } from '../../operators/label/relabelled.ts';
import type { CappedMemory } from '../../operators/remember/capped-memory.ts';
import { decodeSample, type StoredSample } from '../../operators/remember/sample-record.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { HeadHistory } from '../../operators/swap/head-history.ts';
import { withNames } from '../../operators/swap/named-head.ts';
import { readHeadBundle, type HeadBundle } from '../../operators/swap/store/head-bundle.ts';
import { BackgroundLedger } from './background-ledger.ts';
import { idBlock, idKinds, type IdMarks } from './durable-ids.ts';
import { decodeLearner, type LearnerState } from './learner-record.ts';
import { numberKey, readJson } from './record-kinds.ts';
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
  const read: Read = (records, decode) =>
    records.flatMap(({ kind, key, bytes }) => {
      try {
        return [decode(bytes, key)];
      } catch (error) {
        onDamaged(`record ${kind} ${key} of the state is left out: ${messageOf(error)}`);
        return [];
      }
    });
  const fact = async (name: string): Promise<Record<string, unknown>> => {
    const bytes = await store.get('state', name);
    if (bytes === null) return {};
    return read([{ kind: 'state', key: name, bytes }], readObject)[0] ?? {};
  };
  const samples = read(await store.list('sample'), decodeSample).sort((a, b) =>
    naturalOrder(a.sample.id, b.sample.id),
  );
  const bundles = read(await store.list('head'), (bytes) =>
    readHeadBundle(Buffer.from(bytes).toString('utf8')),
  );
  const entries = intactEntries(await store.list('journal'), read);
  const { position } = await fact('journal');
  const journal = new Journal([...entries, ...lostClasses(entries, bundles)], countOf(position));
  const erasing = new Map<string, Sample>();
  memory.load(loadable(samples, journal, erasing));
  const learner = newestOf(read(await store.list('learner'), decodeLearner));
  const backgrounds = await store.list('background');
  const active = await fact('active');
  return {
    journal,
    ...headsOf(bundles, active, { journal, keep, onDamaged }),
    headsStored: bundles.map(({ head }) => [head.version, head.classIds ?? []] as const),
    learner,
    erasing,
    stored: samples.map(({ sample }) => sample.id),
    background: new BackgroundLedger(
      backgrounds.map(({ key, bytes }) => [Number(key), bytes.length] as const),
    ),
    rolledBack: active['rolledBack'] === true,
    gate: await fact('gate'),
    marks: storedMarks(await fact('ids')) ?? marksOf(samples, journal),
  };
}

type Read = <T>(
  records: readonly StoredRecord[],
  decode: (bytes: Uint8Array, key: string) => T,
) => T[];

/** The entries that can be read, each at the position of its key. */
function intactEntries(records: readonly StoredRecord[], read: Read): JournalEntry[] {
  return read(records, (bytes, key) => {
    const entry = readJournalEntry(readJson(bytes));
    if (numberKey(entry.position) === key) return entry;
    throw new Error(`it is entry ${entry.position}`);
  });
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
  active: Record<string, unknown>,
  { journal, keep, onDamaged }: Pick<RestoreOptions, 'keep' | 'onDamaged'> & { journal: Journal },
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
  });
  return { heads, activeLost };
}

function newestOf(copies: readonly LearnerState[]): LearnerState | null {
  return copies.reduce<LearnerState | null>(
    (newest, copy) => (newest === null || copy.sequence > newest.sequence ? copy : newest),
    null,
  );
}

/** The numbers that were recorded; null where the record is lost. */
function storedMarks(record: Record<string, unknown>): Partial<IdMarks> | null {
  const isIntact = idKinds.every((kind) => Number.isSafeInteger(record[kind]));
  return isIntact ? (record as IdMarks) : null;
}

/** Numbers that samples and journal show to be in use, where the record of numbers is lost. */
function marksOf(samples: readonly StoredSample[], journal: Journal): Partial<IdMarks> {
  if (samples.length === 0 && journal.size === 0) return {};
  const marks = { track: 0, cluster: 0, sample: 0, box: 0 };
  const note = (kind: keyof typeof marks, number: number): void => {
    marks[kind] = Math.max(marks[kind], number);
  };
  const numberIn = (text: string): number => Number(/^[a-z]+(\d+)$/.exec(text)?.[1] ?? 0);
  const noteSample = (id: string, trackId = 0, clusterId = ''): void => {
    note('sample', numberIn(id));
    note('track', trackId);
    note('box', -trackId);
    note('cluster', numberIn(clusterId));
  };
  for (const { sample } of samples) noteSample(sample.id, sample.trackId, sample.clusterId);
  for (const entry of journal.entries) {
    if (!isLabelEntry(entry)) continue;
    for (const { id, seen } of entry.fact.samples) {
      noteSample(id, seen?.trackId, entry.fact.cluster);
    }
  }
  // Others may have been given since.
  for (const kind of idKinds) marks[kind] += 1000 * idBlock;
  return marks;
}

/** A whole number from 0; 0 for anything else. */
function countOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}

function readObject(bytes: Uint8Array): Record<string, unknown> {
  const value = readJson(bytes);
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new Error('expected an object');
}
