import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeRecordFile } from '../../../operators/foundation/store/file/write-record-file.ts';
import { backUp, restore } from '../../../pipeline/batch/copy-state.ts';
import { storePath } from '../../../pipeline/state/store-path.ts';

it('backup and restore say how many records of each kind there are', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'lifelens-copy-'));
  const bytes = new Uint8Array(3);
  await writeRecordFile(storePath(dir), [
    { kind: 'sample', key: 'a', bytes },
    { kind: 'entry', key: '1', bytes },
    { kind: 'sample', key: 'b', bytes },
  ]);
  const warnings: string[] = [];
  const log = { warn: (message: unknown) => void warnings.push(String(message)) };
  const file = join(dir, 'copy.db');
  expect(await backUp(file, { state: dir }, log)).toBe(
    `${file} has 3 records: 1 entry, 2 sample\n`,
  );
  const other = join(dir, 'other');
  expect(await restore(file, { state: other })).toBe(`${other} has 3 records: 1 entry, 2 sample\n`);
  expect(warnings).toEqual([]);
  await writeFile(storePath(dir), '');
  expect(await backUp(join(dir, 'empty.db'), { state: dir }, log)).toContain('has 0 records\n');
  await rm(dir, { recursive: true });
});
