import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFfmpeg } from '../../../../operators/ingest/ffmpeg/ffmpeg-binary.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ffmpeg-binary-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that only prints a version. */
function install(name: string, banner: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!${process.execPath}\nconsole.log(${JSON.stringify(banner)})\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('findFfmpeg', () => {
  it('prefers FFMPEG_PATH to PATH, and describes where it was found', async () => {
    const configured = install('configured', 'ffmpeg version n7.1 Copyright (c) 2000-2024');
    install('ffmpeg', 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021');
    const binary = await findFfmpeg({ FFMPEG_PATH: configured, PATH: folder });
    expect(binary).toMatchObject({ path: configured, origin: 'FFMPEG_PATH', version: 'n7.1' });
    expect(binary.description).toBe(`ffmpeg n7.1 at ${configured}, found by FFMPEG_PATH`);
  });

  it('uses the one in PATH when FFMPEG_PATH is not set', async () => {
    const path = install('ffmpeg', 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021');
    const binary = await findFfmpeg({ FFMPEG_PATH: '', PATH: `/nowhere:${folder}` });
    expect(binary).toMatchObject({ path, origin: 'PATH' });
  });

  it('falls back to the npm build, described as old', async () => {
    const binary = await findFfmpeg({ PATH: '/nowhere' });
    expect(binary.origin).toBe('npm');
    expect(binary.path).toContain('@ffmpeg-installer');
    expect(binary.description).toContain('an old build');
  });

  it.each([
    ['4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021', false, 4.04],
    ['5.0.1 Copyright (c) 2000-2022', false, 5],
    ['5.1.9-0+deb12u1 Copyright (c) 2000-2026', true, 5.01],
    ['n7.1 Copyright (c) 2000-2024', true, 7.01],
    ['N-47683-g0e8eb07980-static Copyright (c) 2000-2018', false, 4],
    ['N-118000-gabcdef0123 Copyright (c) 2000-2025', true, 6],
  ])('knows the options of version %s', async (banner, hasFpsMode, release) => {
    const path = install(`v-${banner.slice(0, 5)}`, `ffmpeg version ${banner}`);
    expect(await findFfmpeg({ FFMPEG_PATH: path })).toMatchObject({
      hasFpsMode,
      release,
    });
  });

  it('does not fall back when FFMPEG_PATH does not work', async () => {
    await expect(
      findFfmpeg({ FFMPEG_PATH: join(folder, 'missing'), PATH: folder }),
    ).rejects.toMatchObject({
      name: 'SourceError',
      code: 'no-ffmpeg',
    });
  });
});
