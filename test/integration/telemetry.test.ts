import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lifelens-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

// In a bare environment, because ONNX Runtime sends no telemetry where it detects a test run.
it('leaves no identifier and no events of ONNX Runtime in the home folder', async () => {
  const env = { HOME: home, PATH: process.env['PATH'] };
  const run = new Lifelens(
    ['run', '--source', 'world', '--fast', '--frames', '3', '--no-dashboard', '--engine', 'onnx'],
    { cwd: home, env },
  );
  expect((await run.ended).code).toBe(0);
  expect(await readdir(home, { recursive: true })).toEqual([]);
});
