import type { RecordFile } from '../file/record-file.ts';

/** Number of records by kind, in the order of kinds. */
export type RecordCounts = ReadonlyMap<string, number>;

export function countRecords(file: RecordFile): RecordCounts {
  return new Map(file.kinds().map((kind) => [kind, file.keys(kind).length]));
}
