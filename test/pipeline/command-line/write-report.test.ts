import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  probeReport,
  ReportError,
  writeReport,
} from '../../../pipeline/command-line/write-report.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-report-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the probe of a report', () => {
  it('creates no file and leaves an existing one unchanged', async () => {
    await probeReport(at('new.json'));
    expect(await readdir(folder)).toEqual([]);
    await writeFile(at('old.json'), 'old');
    await probeReport(at('old.json'));
    expect(await readFile(at('old.json'), 'utf8')).toBe('old');
  });

  it.each([
    ['no/r.json', 'its folder does not exist'],
    ['sub', 'it is a folder'],
    ['file/r.json', 'a part of its path is not a folder'],
  ])('refuses %s: %s', async (name, why) => {
    await mkdir(at('sub'));
    await writeFile(at('file'), '');
    const failure: unknown = await probeReport(at(name)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ReportError);
    expect(failure).toMatchObject({
      message: `the report can't be written to ${at(name)}: ${why}`,
    });
  });

  it.skipIf(process.getuid?.() === 0)('refuses a file without write permission', async () => {
    await writeFile(at('old.json'), 'old', { mode: 0o400 });
    await expect(probeReport(at('old.json'))).rejects.toThrow(/old\.json: permission denied$/);
  });

  it('accepts standard output and devices, and does not open a pipe', async () => {
    for (const file of ['-', '/dev/stdout', '/dev/null']) await probeReport(file);
    await promisify(execFile)('mkfifo', [at('pipe')]);
    // Opening it would block until there is a reader, and closing it would end that reader.
    await probeReport(at('pipe'));
  });
});

describe('a report', () => {
  it('whose write fails leaves the previous one intact', async () => {
    await writeFile(at('r.json'), 'old');
    const full = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    const message = `the report can't be written to ${at('r.json')}: the disk is full`;
    await expect(writeReport(at('r.json'), {}, full)).rejects.toThrow(message);
    expect(await readFile(at('r.json'), 'utf8')).toBe('old');
    await writeReport(at('r.json'), { a: 1 });
    expect(await readFile(at('r.json'), 'utf8')).toBe('{\n  "a": 1\n}\n');
    expect(await readdir(folder)).toEqual(['r.json']);
  });

  it('is written in place to a file that cannot be replaced', async () => {
    await writeFile(at('r.json'), 'old and longer than what comes');
    const mounted = () => Promise.reject(Object.assign(new Error('mounted'), { code: 'EBUSY' }));
    await writeReport(at('r.json'), {}, mounted);
    expect(await readFile(at('r.json'), 'utf8')).toBe('{}\n');
  });

  it('is written to the target of a link, and to devices in place', async () => {
    await mkdir(at('sub'));
    await writeFile(at('sub/r.json'), 'old');
    await symlink(at('sub/r.json'), at('link'));
    await symlink(at('sub/new.json'), at('new'));
    await symlink('/dev/null', at('null'));
    for (const name of ['link', 'new', 'null']) await writeReport(at(name), {});
    expect(await readFile(at('sub/r.json'), 'utf8')).toBe('{}\n');
    expect(await readFile(at('sub/new.json'), 'utf8')).toBe('{}\n');
    await expect(writeReport('/dev/full', {})).rejects.toThrow(/\/dev\/full: the disk is full$/);
  });
});
