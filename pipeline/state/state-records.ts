import type { RecordChange } from '../../operators/foundation/store/record-store.ts';
import { withoutLabel, type JournalEntry } from '../../operators/label/journal/journal-entry.ts';
import type { Journal } from '../../operators/label/journal/journal.ts';
import { encodeSample } from '../../operators/remember/sample-record.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import { writeHeadBundle, type HeadBundle } from '../../operators/swap/store/head-bundle.ts';
import { numberKey, put, putJson, remove } from './record-kinds.ts';
import { rollbackFacts, type Rollback } from './sight/rollbacks.ts';

/** The record of a journal entry. */
export function journalRecord(entry: JournalEntry): RecordChange {
  return putJson('journal', numberKey(entry.position), entry);
}

/** What is kept of a journal entry that is dropped: which samples joined training, if any. */
export function droppedRecord(journal: Journal, position: number): RecordChange {
  const rest = withoutLabel(journal.get(position));
  return rest === null ? remove('journal', numberKey(position)) : journalRecord(rest);
}

/** The record of a head. */
export function headRecord(bundle: HeadBundle): RecordChange {
  const key = numberKey(bundle.head.version);
  return put('head', key, new TextEncoder().encode(writeHeadBundle(bundle)));
}

/** The record of a sample without its labels, which follow from the journal. */
export function sampleRecord(sample: Sample, key: number): RecordChange {
  return put('sample', sample.id, bytesOf(sample, key));
}

/** The record of a sample as other models than its own see its picture. */
export function remadeRecord(sample: Sample, key: number): RecordChange {
  // The picture is in the sample's own record.
  return put('remade', sample.id, bytesOf({ ...sample, thumbnail: new Uint8Array(0) }, key));
}

function bytesOf(sample: Sample, key: number): Uint8Array {
  const { notA: _notA, ...rest } = sample;
  const bare: Sample = { ...rest, label: null, heldOut: false };
  return encodeSample({ sample: bare, key });
}

/** The record of which head is active. */
export function activeRecord(
  version: number,
  newest: number,
  own: Rollback | null,
  others: readonly Rollback[],
): RecordChange {
  return putJson('state', 'active', { version, newest, ...rollbackFacts(own, others) });
}
