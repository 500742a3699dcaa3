import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStateFile, stateFailure } from '../../../../operators/foundation/files/state-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-state-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a state file', () => {
  it('that does not exist is missing, unless it may be absent', async () => {
    const path = join(folder, 'active');
    await expect(readStateFile(path)).rejects.toMatchObject({
      name: 'StateError',
      code: 'missing',
      path,
      message: `${path} does not exist`,
    });
    expect(await readStateFile(path, null)).toBeNull();
  });

  it('that can not be read names the system’s reason', async () => {
    await expect(readStateFile(folder, null)).rejects.toMatchObject({
      code: 'unreadable',
      message: `${folder} can't be read (EISDIR)`,
    });
    expect(stateFailure('write', folder, new Error('no code'))).toMatchObject({
      code: 'unwritable',
      message: `${folder} can't be written to (no code)`,
    });
  });
});
