import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileSize } from '../../../../operators/foundation/files/file-size.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-size-'))));
afterAll(() => rmSync(folder, { recursive: true }));

it('is the number of bytes of a file', async () => {
  writeFileSync(join(folder, 'own.bin'), Buffer.alloc(7));
  expect(await fileSize(join(folder, 'own.bin'))).toBe(7);
});

it('refuses what is no file', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  for (const path of [folder, join(folder, 'pipe')])
    await expect(fileSize(path)).rejects.toThrow('it is no file');
  await expect(fileSize(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
