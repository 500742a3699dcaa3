import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealFile } from '../../../../operators/foundation/files/sealed-file.ts';
import { writeHeadBundle } from '../../../../operators/swap/store/head-bundle.ts';
import {
  migrateOldState,
  removeMigratedCopies,
} from '../../../../pipeline/state/migration/migrate-old-state.ts';
import type { State } from '../../../../pipeline/state/state.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';
import { draft } from '../../../operators/swap/sample-head.ts';
import { openStateOn, TestStore } from '../state-on-store.ts';

let dir: string;
let store: TestStore;
let lines: string[];
const log = { info: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-old-'));
  store = new TestStore();
  lines = [];
  await writeOldState();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function migrate(): Promise<State> {
  await migrateOldState(dir, store, log as never);
  return openStateOn(store);
}

function label(kind: string, name: string | null, atMs: number) {
  return { kind, class: name, by: 'person:anna', atMs };
}

/** What lifelens 0.1 wrote of these samples. */
function oldMemory(): Uint8Array {
  return memoryOf([
    { ...makeSample('s1'), label: label('class', 'cone', 5) },
    { ...makeSample('s2', { heldOut: true }), label: label('class', 'cone', 5) },
    { ...makeSample('s3'), label: label('notA', 'cone', 7) },
    { ...makeSample('s4'), label: label('background', null, 6) },
    { ...makeSample('s5'), label: null },
  ]);
}

type OldLabel = ReturnType<typeof label>;

function memoryOf(
  samples: readonly (Omit<ReturnType<typeof makeSample>, 'label'> & { label: OldLabel | null })[],
): Uint8Array {
  const blobs: ArrayBufferView[] = [];
  const entries = samples.map(({ dense, denseTargets, embeddings, thumbnail, ...sample }, i) => {
    blobs.push(dense, denseTargets, embeddings, thumbnail);
    return {
      key: i / 10,
      sample,
      dense: dense.byteLength,
      denseTargets: denseTargets.byteLength,
      looks: embeddings.byteLength,
      thumbnail: thumbnail.byteLength,
    };
  });
  return sealFile({ name: 'memory file', magic: 'LLMEMORY', version: 1 }, { entries }, blobs);
}

const oldLearner = sealFile(
  { name: 'learner state', magic: 'LLLEARN_', version: 1 },
  { strategy: 'tally' },
  [Uint8Array.of(1, 2)],
);

/** Two heads, of which the older is active: somebody went back to it. */
async function writeOldState(): Promise<void> {
  await mkdir(join(dir, 'heads'));
  for (const [version, classes] of [
    [1, ['cone']],
    [2, ['cone', 'vase']],
  ] as const) {
    const head = { ...draft(classes), version };
    const bundle = { head, parent: version - 1, verdict: null, trainedOn: 'x', createdMs: 1 };
    const text = writeHeadBundle(bundle);
    await writeFile(join(dir, 'heads', `head-00000${version}.json`), text);
  }
  await writeFile(join(dir, 'heads', 'active'), '1\n');
  await writeFile(join(dir, 'memory.bin'), oldMemory());
  await writeFile(join(dir, 'learner.bin'), oldLearner);
}

describe('a state of lifelens 0.1', () => {
  it('keeps its labels: names, what is not so, dismissals, and sides of the split', async () => {
    const { memory, journal } = await migrate();
    const label = { kind: 'class', class: 'cone', by: 'person:anna', atMs: 5 };
    expect(memory.get('s1')).toMatchObject({ label, heldOut: false });
    expect(memory.get('s2')).toMatchObject({ label, heldOut: true });
    expect(memory.get('s3')).toMatchObject({ label: null, notA: ['cone'] });
    expect(memory.get('s4')?.label).toMatchObject({ kind: 'background', atMs: 6 });
    expect(memory.get('s5')?.label).toBeNull();
    expect(memory.keyOf('s4')).toBe(0.3);
    // One command, one entry.
    expect(memory.get('s1')?.label?.labelId).toBe(memory.get('s2')?.label?.labelId);
    expect(journal.classes.present.map(({ id }) => id)).toEqual(['cone', 'vase']);
  });

  it('keeps its heads, its learner, and that somebody went back', async () => {
    const { heads, learner, rolledBack, headsStored } = {
      ...(await migrate().then((state) => ({
        heads: state.heads,
        learner: state.learner,
        rolledBack: state.rolledBack,
      }))),
      headsStored: await store.list('head'),
    };
    expect(heads.active).toMatchObject({ version: 1, classes: ['cone'], classIds: ['cone'] });
    expect([heads.newestVersion, rolledBack, headsStored.length]).toEqual([2, true, 2]);
    expect(learner).toMatchObject({ strategy: 'tally', learned: { sealed: [] } });
    expect(learner?.bytes).toEqual(oldLearner);
    expect(learner?.learned.entries).toEqual([
      ['s1', 'cone'],
      ['s3', null],
      ['s4', null],
    ]);
  });

  it('is taken over once, and its files are kept beside', async () => {
    await migrate();
    expect(await readdir(dir)).toEqual(['migrated-1']);
    const names = await readdir(join(dir, 'migrated-1'));
    expect(names.sort()).toEqual(['heads', 'learner.bin', 'memory.bin']);
    expect(lines).toEqual([expect.stringContaining('migrated-1')]);
    const commits = store.committed.length;
    await migrateOldState(dir, store, log as never);
    expect(store.committed).toHaveLength(commits);
    await removeMigratedCopies(dir);
    expect(await readdir(dir)).toEqual([]);
  });

  it('is used as far as it is intact: without its memory, the learner stays', async () => {
    await writeFile(join(dir, 'memory.bin'), 'damaged');
    const { heads, learner, memory } = await migrate();
    expect([heads.active.version, memory.size]).toEqual([1, 0]);
    // Of each class of the head something was learned, which samples no longer tell.
    expect(learner?.learned).toEqual({ entries: [], sealed: [['cone', 1]] });
    expect(lines[0]).toMatch(/memory\.bin is left out/);
  });

  it('learns a label of a class that no head knows: its learner never took it in', async () => {
    const samples = ['cone', 'vase', 'boat'].map((name, i) => ({
      ...makeSample(`s${i + 1}`),
      label: label('class', name, i),
    }));
    await writeFile(join(dir, 'memory.bin'), memoryOf(samples));
    const { learner, memory } = await migrate();
    expect(memory.get('s3')?.label?.class).toBe('boat');
    expect(learner?.learned.entries).toEqual([
      ['s1', 'cone'],
      ['s2', 'vase'],
    ]);
  });

  it.each([
    ['its active version', 'heads/active', 'x', 2],
    ['its active head', 'heads/head-000001.json', '{}', 2],
    ['its learner', 'learner.bin', 'x', 1],
  ])('is used without %s', async (_, name, content, version) => {
    await writeFile(join(dir, name), content);
    const state = await migrate();
    expect(state.heads.active.version).toBe(version);
    expect(state.memory.size).toBe(5);
    // Nobody went back to the newest head.
    expect(state.rolledBack).toBe(version === 1);
  });

  it('that is none leaves an empty folder alone', async () => {
    const empty = join(dir, 'empty');
    await mkdir(empty);
    await migrateOldState(empty, store, log as never);
    expect([await readdir(empty), lines]).toEqual([[], []]);
  });
});
