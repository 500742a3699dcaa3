import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

/** Enough for the first unknowns to be named, learned and swapped in. */
const frames = 260;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-twice-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function simulate(name: string, seed: number) {
  const at = (file: string): string => join(folder, `${name}-${file}`);
  const lifelens = new Lifelens(
    [
      ...['run', '--source', 'world', '--fast', '--no-dashboard', '--log-level', 'error'],
      ...['--frames', String(frames), '--seed', String(seed), '--state', at('state')],
      ...['--detections', at('detections.jsonl'), '--report', at('report.json')],
    ],
    { cwd: folder },
  );
  expect(await lifelens.ended).toMatchObject({ code: 0, complaints: [], logged: [] });
  const report = JSON.parse(await readFile(at('report.json'), 'utf8')) as Record<string, unknown>;
  const detections = await readFile(at('detections.jsonl'), 'utf8');
  return { report, detections, state: await hashesOf(at('state')) };
}

/** Heads, samples and learner, a hash a file. */
async function hashesOf(state: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of await readdir(state, { recursive: true })) {
    const bytes = await readFile(join(state, name)).catch(() => null);
    if (bytes !== null) hashes[name] = createHash('sha256').update(bytes).digest('hex');
  }
  return hashes;
}

it('a simulation of the same seed and length gives the same detections, samples and heads, to the bit', async () => {
  // Side by side, so that they get in each other's way at different moments.
  const [once, again] = await Promise.all([simulate('once', 1), simulate('again', 1)]);
  expect(once.report).toMatchObject({ captured: frames, detected: frames, dropped: {} });
  // Something was learned, or there would be little to compare.
  expect(once.report['swaps']).toBeGreaterThanOrEqual(1);
  expect(again.detections).toBe(once.detections);
  expect(Object.keys(once.state)).toEqual(
    expect.arrayContaining(['memory.bin', 'learner.bin', 'heads/head-000001.json']),
  );
  expect(again.state).toEqual(once.state);
  const facts = ['headHash', 'headVersion', 'learnedClasses', 'swaps', 'refused', 'tracks'];
  for (const key of [...facts, 'memoryBytes', 'memoryBytesPeak']) {
    expect([key, again.report[key]]).toEqual([key, once.report[key]]);
  }
  const other = await simulate('other', 2);
  expect(other.detections).not.toBe(once.detections);
  expect(other.report['headHash']).not.toBe(once.report['headHash']);
}, 300_000);
