import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examine } from '../../../../pipeline/batch/doctor/examine.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
/** A machine that does other work meanwhile is slow to load an engine. */
const limits = { places: 20_000, timing: 10_000, all: 55_000 };

describe('examine', { timeout: 60_000 }, () => {
  it('times the engines and finds that a run of the simulated world works', async () => {
    const report = await examine({ source: 'world', port: 0, state: folder }, signal, { limits });
    expect(report.findings.filter(({ is }) => is === 'problem')).toEqual([]);
    expect(report.ok).toBe(true);
    const parts = report.findings.map(({ part }) => part);
    for (const part of ['versions', 'ffmpeg', 'state', 'engine onnx', 'engine tfjs', 'clock']) {
      expect(parts).toContain(part);
    }
    const [first] = report.speeds;
    expect(first).toMatchObject({ engine: 'onnx', threads: 1 });
    expect(first!.fps).toBeCloseTo(1000 / first!.ms);
    expect(report.seconds).toBeLessThan(56);
  });

  it('is not ok where a camera is missing', async () => {
    const config = join(folder, 'lifelens.yaml');
    const text = `cameras: {yard: {source: ${folder}/missing.mp4}}\ndashboard: {enabled: false}\n`;
    writeFileSync(config, text);
    const report = await examine({ config, engine: 'onnx', threads: 1 }, signal, { limits });
    expect(report.ok).toBe(false);
    const problems = report.findings.filter(({ is }) => is === 'problem');
    expect(problems.map(({ part }) => part)).toEqual(['camera yard']);
  });

  it('ends when it is interrupted', async () => {
    const aborted = AbortSignal.abort(new Error('interrupted'));
    await expect(examine({ source: 'world', port: 0 }, aborted)).rejects.toThrow('interrupted');
  });
});
