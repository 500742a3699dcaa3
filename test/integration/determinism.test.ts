import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordsIn } from '../../pipeline/laboratory/benchmarks/crash/damage-state.ts';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';

/** Enough for the first unknowns to be labelled, learned and swapped in. */
const frames = 260;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-determinism-'));
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
  expect(await lifelens.ended).toMatchObject({ code: 0, errorLines: [], logMessages: [] });
  const report = JSON.parse(await readFile(at('report.json'), 'utf8')) as Record<string, unknown>;
  const detections = await readFile(at('detections.jsonl'), 'utf8');
  return { report, detections, state: await hashesOf(at('state')) };
}

/** SHA-256 of each record in a state folder: journal, heads, samples, learner and counters. */
async function hashesOf(state: string): Promise<Record<string, string>> {
  const records = await recordsIn(state);
  return Object.fromEntries(
    records.map(({ kind, key, bytes }) => [
      `${kind} ${key}`,
      createHash('sha256').update(bytes).digest('hex'),
    ]),
  );
}

it('simulations of the same seed and length give bit-identical detections, samples and heads', async () => {
  // Concurrently, so that the scheduling of their threads differs.
  const [first, second] = await Promise.all([simulate('first', 1), simulate('second', 1)]);
  expect(first.report).toMatchObject({ captured: frames, detected: frames, dropped: {} });
  // Without a learned class there would be little to compare.
  expect(first.report['swaps']).toBeGreaterThanOrEqual(1);
  expect(second.detections).toBe(first.detections);
  expect(Object.keys(first.state)).toEqual(
    expect.arrayContaining(['learner 1', 'head 000000000000001', 'journal 000000000000001']),
  );
  expect(second.state).toEqual(first.state);
  const reportKeys = ['headHash', 'headVersion', 'learnedClasses', 'swaps', 'refused', 'tracks'];
  for (const key of [...reportKeys, 'memoryBytes', 'memoryBytesPeak']) {
    expect([key, second.report[key]]).toEqual([key, first.report[key]]);
  }
  const other = await simulate('other', 2);
  expect(other.detections).not.toBe(first.detections);
  expect(other.report['headHash']).not.toBe(first.report['headHash']);
}, 300_000);
