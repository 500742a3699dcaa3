import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evaluateSet } from '../../pipeline/batch/evaluate-set.ts';
import { teach } from '../../pipeline/batch/teach.ts';
import type { SetPair } from '../../pipeline/laboratory/benchmarks/learning-table/table-sets.ts';
import { drawSmokeSet } from '../../pipeline/laboratory/benchmarks/learning-table/smoke-set.ts';
import type { Log } from '../../pipeline/log.ts';
import { drawEncoder } from '../operators/detect/encoders/draw-encoder.ts';

let folder: string;
let set: SetPair;
let encoder: string;
const lines: string[] = [];
const keep = (line: unknown) => void lines.push(String(line));
const log = { debug: keep, info: keep, warn: keep, error: keep } as unknown as Log;
const { signal } = new AbortController();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-other-encoder-'));
  set = await drawSmokeSet(folder);
  encoder = join(folder, 'drawn.onnx');
  await writeFile(encoder, drawEncoder());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('what was taught is learned again with another encoder, and is back with the one before', async () => {
  const state = join(folder, 'state');
  const first = await teach({ train: set.train, state, seed: 1 }, log, signal);
  const before = await evaluateSet({ test: set.test, state }, log, signal);

  await expect(evaluateSet({ test: set.test, state, encoder }, log, signal)).rejects.toMatchObject({
    name: 'StateError',
    code: 'other-models',
  });

  lines.length = 0;
  const second = await teach({ train: set.train, state, encoder, seed: 1 }, log, signal);
  expect(second.classes).toEqual(first.classes);
  const line = lines.find((each) => each.startsWith('the state was made with'))!;
  expect(line).toContain(`${first.objects} samples embedded anew from their pictures; 0 without`);
  expect(line).toContain(`head ${first.headVersion} does not fit and is not used`);
  const other = await evaluateSet({ test: set.test, state, encoder }, log, signal);
  expect(other.headVersion).toBe(second.headVersion);

  lines.length = 0;
  await teach({ train: set.train, state, seed: 1 }, log, signal);
  // Samples of the second round have a picture too, and those of the first their own vectors.
  expect(lines.find((each) => each.startsWith('the state was made with'))).toContain(
    `${second.objects} samples embedded anew`,
  );
  const after = await evaluateSet({ test: set.test, state }, log, signal);
  expect(after.ap50).not.toBeNull();
  expect(after.ap50!).toBeGreaterThanOrEqual(before.ap50! - 0.2);
}, 240_000);
