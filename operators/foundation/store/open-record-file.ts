import { RecordFile } from './record-file.ts';

/** Opens the file of a store. */
export function openRecordFile(path: string): { file: RecordFile; damage: readonly string[] } {
  const file = new RecordFile(path, 10_000);
  file.checkStructure();
  return { file, damage: [] };
}
