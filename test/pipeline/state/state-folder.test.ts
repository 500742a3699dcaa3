import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { evaluateCandidate } from '../../../operators/swap/gate.ts';
import { StateError } from '../../../operators/foundation/files/state-error.ts';
import { openState, type State, type StateOptions } from '../../../pipeline/state/state-folder.ts';
import { makeSample, classLabel } from '../../operators/remember/make-sample.ts';
import { draft } from '../../operators/swap/sample-head.ts';

let dir: string;
let damaged: string[];
let opened: State | null = null;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lifelens-state-'));
  damaged = [];
});
afterEach(async () => {
  await opened?.close();
  await rm(dir, { recursive: true, force: true });
});

/** Closes the state opened last and opens it again, as the next run does. */
async function open(options: Partial<StateOptions> = {}): Promise<State> {
  await opened?.close();
  opened = null;
  return (opened = await openSecond(options));
}

const openSecond = (options: Partial<StateOptions> = {}): Promise<State> =>
  openState({
    dir,
    keepVersions: 5,
    policy: 'balanced',
    bytesMax: 2 ** 20,
    random: seededRandom(1),
    onDamaged: (message) => damaged.push(message),
    ...options,
  });

/** A learner whose state is a few bytes. */
class SmallLearner {
  readonly strategy = 'ridge';
  restored: Uint8Array | null = null;
  refuses = false;

  async save(): Promise<Uint8Array> {
    return Uint8Array.of(1, 2, 3);
  }

  async restore(bytes: Uint8Array): Promise<void> {
    if (this.refuses) throw new Error('not the sums of ridge');
    this.restored = bytes;
  }
}

async function swapIn(state: State, classes: readonly string[]): Promise<void> {
  const candidate = draft(classes);
  const verdict = evaluateCandidate({ candidate, active: state.heads.active, heldOut: [] });
  const { head, parent } = state.heads.accept(state.heads.number(candidate));
  await state.store.saveActive({ head, parent, verdict, trainedOn: 'hash', createdMs: 1 });
}

describe('a state folder', () => {
  it('restores heads, samples and learner state', async () => {
    const before = await open();
    before.memory.insert(makeSample('s1', { label: classLabel('cone') }));
    before.memory.insert(makeSample('s2'));
    await swapIn(before, ['cone']);
    await swapIn(before, ['cone', 'bollard']);
    before.heads.rollback();
    await before.store.setActive(before.heads.active.version);
    await before.save(new SmallLearner());

    const after = await open();
    expect(after.heads.active).toEqual(before.heads.active);
    expect(after.heads.versions).toEqual([0, 1, 2]);
    expect([...after.memory.values()]).toEqual([...before.memory.values()]);
    expect(after.memory.bytes).toBe(before.memory.bytes);
    const learner = new SmallLearner();
    await after.restoreLearner(learner);
    expect(learner.restored).toEqual(Buffer.from([1, 2, 3]));
    // The next head gets an unused version.
    expect(after.heads.number(draft(['x'])).version).toBe(3);
  });

  it('is created when missing, with nothing to restore', async () => {
    const state = await open({ dir: join(dir, 'a', 'b') });
    const learner = new SmallLearner();
    await state.restoreLearner(learner);
    expect(learner.restored).toBe(null);
    expect([state.heads.active.version, state.memory.size]).toEqual([0, 0]);
  });

  it('evicts samples to fit a smaller cap', async () => {
    const before = await open();
    for (let i = 0; i < 200; i++) before.memory.insert(makeSample(`s${i}`));
    await before.save(new SmallLearner());
    const bytesMax = Math.floor(before.memory.bytes / 2);
    const after = await open({ bytesMax });
    expect(after.memory.bytes).toBeLessThanOrEqual(bytesMax);
    expect(after.memory.size).toBeGreaterThan(50);
  });

  it.each(['memory.bin', 'heads/active'])(
    'with a damaged %s is refused in one line',
    async (name) => {
      const state = await open();
      state.memory.insert(makeSample('s1'));
      await swapIn(state, ['cone']);
      await state.save(new SmallLearner());
      const path = join(dir, name);
      const bytes = await readFile(path);
      bytes[Math.floor(bytes.length / 2)]! ^= 0xff;
      await writeFile(path, bytes);
      const failure: unknown = await open().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StateError);
      expect(failure).toMatchObject({ code: 'corrupt', path });
      expect((failure as Error).message).toMatch(/^[^\n]+$/);
    },
  );

  it('opens without a damaged older head and reports it', async () => {
    const before = await open();
    await swapIn(before, ['cone']);
    await swapIn(before, ['cone', 'bollard']);
    await writeFile(join(dir, 'heads', 'head-000001.json'), '{');
    const after = await open();
    expect(after.heads.versions).toEqual([0, 2]);
    expect(damaged).toEqual([expect.stringContaining('head-000001.json')]);
  });

  it('of another strategy is refused with a hint', async () => {
    const state = await open();
    await state.save(new SmallLearner());
    const learner = new SmallLearner();
    learner.refuses = true;
    await expect(state.restoreLearner(learner)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringMatching(/learner\.bin.*not the sums.*another strategy than ridge/),
    });
  });

  it('that is not writable is refused when it is opened and when it is saved', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(open({ dir: join(dir, 'file', 'state') })).rejects.toBeInstanceOf(StateError);
    const state = await open({ dir: join(dir, 'later') });
    await rm(join(dir, 'later'), { recursive: true });
    await expect(state.save(new SmallLearner())).rejects.toMatchObject({ code: 'unwritable' });
  });

  it('is locked until it is closed, and released when opening fails', async () => {
    const state = await open();
    await expect(openSecond()).rejects.toMatchObject({ name: 'StateError', code: 'in-use' });
    await state.save(new SmallLearner());
    await state.close();
    await writeFile(join(dir, 'memory.bin'), 'damaged');
    await expect(openSecond()).rejects.toMatchObject({ code: 'corrupt' });
    await rm(join(dir, 'memory.bin'));
    await (await openSecond()).close();
  });

  it('is optional: without one the state lives in the process', async () => {
    const state = await open({ dir: null });
    await swapIn(state, ['cone']);
    expect(await state.store.list()).toEqual([1]);
    await state.save(new SmallLearner());
    await state.restoreLearner(new SmallLearner());
  });
});
