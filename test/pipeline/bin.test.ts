import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../pipeline/bin.js', import.meta.url));
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-bin-'));
  await mkdir(join(folder, 'pipeline'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await copyFile(launcher, join(folder, 'pipeline', 'bin.js'));
});
afterEach(() => rm(folder, { recursive: true }));

const run = (...argv: string[]) =>
  promisify(execFile)(process.execPath, [...argv, join(folder, 'pipeline', 'bin.js'), 'a', 'b']);

test('the launcher of an installed package runs dist/ with the arguments', async () => {
  await mkdir(join(folder, 'dist', 'pipeline', 'command-line'), { recursive: true });
  const main = 'export const main = async (argv) => console.log(argv.join());';
  await writeFile(join(folder, 'dist', 'pipeline', 'command-line', 'main.js'), main);
  await expect(run()).resolves.toMatchObject({ stdout: 'a,b\n' });
});

test('the launcher of a checkout without dependencies reports it in one line', async () => {
  await mkdir(join(folder, 'pipeline', 'command-line'));
  await writeFile(
    join(folder, 'pipeline', 'command-line', 'main.ts'),
    'export const main = () => undefined;',
  );
  await expect(run()).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Cannot find package 'tsx'.*npm ci.*\n$/) as string,
  });
});

test('the launcher reports in one line that Node is too old', async () => {
  const old = join(folder, 'old.mjs');
  const text = `Object.defineProperty(process, 'versions', { value: { node: '20.8.1' } });`;
  await writeFile(old, text);
  await expect(run('--import', old)).rejects.toMatchObject({
    code: 1,
    stderr: 'lifelens needs Node 20.9 or newer; this is 20.8.1\n',
  });
});
