import { naturalOrder } from '../../../operators/foundation/files/natural-order.ts';
import type { RecordStore } from '../../../operators/foundation/store/record-store.ts';
import { isLabelEntry } from '../../../operators/label/journal/journal-entry.ts';
import type { Journal } from '../../../operators/label/journal/journal.ts';
import { relabelled } from '../../../operators/label/relabelled.ts';
import type { CappedMemory } from '../../../operators/remember/capped-memory.ts';
import { decodeSample, type StoredSample } from '../../../operators/remember/sample-record.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import { BackgroundLedger } from '../background-ledger.ts';
import { idBlock, idKinds, type IdMarks } from '../durable-ids.ts';
import { decodeLearner } from '../learner-record.ts';
import { RecordReader } from './record-reader.ts';
import { restoreHeads, type RestoreHeadsOptions } from './restore-heads.ts';
import type { StateParts } from '../state-parts.ts';

export interface RestoreOptions extends RestoreHeadsOptions {
  /** Empty; gets the samples. */
  readonly memory: CappedMemory;
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
  { memory, ...options }: RestoreOptions,
): Promise<RestoredState> {
  const reader = new RecordReader(store, options.onDamaged);
  const heads = await restoreHeads(store, options);
  const samples = (await reader.list('sample', decodeSample)).sort((a, b) =>
    naturalOrder(a.sample.id, b.sample.id),
  );
  const erasing = new Map<string, Sample>();
  memory.load(loadable(samples, heads.journal, erasing));
  const backgrounds = await store.list('background');
  return {
    ...heads,
    learners: await reader.list('learner', decodeLearner),
    remade: new Map(
      (await reader.list('remade', decodeSample)).map(({ sample }) => [sample.id, sample] as const),
    ),
    erasing,
    stored: samples.map(({ sample }) => sample.id),
    background: new BackgroundLedger(
      backgrounds.map(({ key, bytes }) => [Number(key), bytes.length] as const),
    ),
    gate: await reader.fact('gate'),
    marks: storedMarks(await reader.fact('ids')) ?? marksOf(samples, heads.journal),
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

/** The numbers that were recorded; null where the record is lost. */
function storedMarks(record: Readonly<Record<string, unknown>>): Partial<IdMarks> | null {
  const isIntact = idKinds.every((kind) => Number.isSafeInteger(record[kind]));
  return isIntact ? record : null;
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
