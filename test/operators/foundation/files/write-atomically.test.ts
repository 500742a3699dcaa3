import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyUnwritable } from '../../../../operators/foundation/files/why-unwritable.ts';
import { writeAtomically } from '../../../../operators/foundation/files/write-atomically.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writing atomically', () => {
  it('replaces a file and leaves nothing beside it', async () => {
    const path = join(folder, 'state.json');
    await writeAtomically(path, 'first');
    await writeAtomically(path, Uint8Array.of(50, 110, 100));
    expect(await readFile(path, 'utf8')).toBe('2nd');
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('rejects with the system’s error and removes its temporary file', async () => {
    const path = join(folder, 'taken');
    await mkdir(path);
    const failing = writeAtomically(path, 'text');
    await expect(failing).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual(['taken']);
    const missing = join(folder, 'no', 'such', 'folder');
    const error: unknown = await writeAtomically(missing, 'text').catch((cause: unknown) => cause);
    expect(whyUnwritable(error)).toBe('its folder does not exist');
  });
});
