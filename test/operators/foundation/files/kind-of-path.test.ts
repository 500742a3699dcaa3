import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isFile, isFolder } from '../../../../operators/foundation/files/kind-of-path.ts';

it('tells files from folders, through links, and neither from what is not there', async () => {
  const root = await mkdtemp(join(tmpdir(), 'kind-of-path-'));
  try {
    await mkdir(join(root, 'folder'));
    await writeFile(join(root, 'file'), '');
    await symlink(join(root, 'folder'), join(root, 'to-folder'));
    await symlink(join(root, 'nowhere'), join(root, 'to-nowhere'));
    const names = ['folder', 'to-folder', 'file', 'to-nowhere', 'nowhere'];
    const paths = names.map((name) => join(root, name));
    expect(await Promise.all(paths.map(isFolder))).toEqual([true, true, false, false, false]);
    expect(await Promise.all(paths.map(isFile))).toEqual([false, false, true, false, false]);
  } finally {
    await rm(root, { recursive: true });
  }
});
