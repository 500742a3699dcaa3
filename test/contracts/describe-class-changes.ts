import { expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../operators/detect/engines/engine.ts';
import { scoreCrop } from '../../operators/detect/heads/score.ts';
import { seededRandom } from '../../operators/foundation/numbers/seeded-random.ts';
import {
  createStrategy,
  type StrategyName,
} from '../../operators/learn/strategies/strategy-registry.ts';
import type { Change, Example, HeadDraft, Strategy } from '../../operators/learn/strategy.ts';
import {
  changeOf,
  latentOf,
  makeBackground,
  makeExample,
} from '../operators/learn/make-example.ts';
import { draftDifference } from '../operators/learn/strategies/draft-difference.ts';
import { sameTuning } from '../operators/learn/strategies/same-tuning.ts';

const background = makeBackground(200);

/** Strategies whose sums, or kept rows, can be moved without any loss. */
const exact: ReadonlySet<StrategyName> = new Set<StrategyName>([
  'tally',
  'ridge',
  'air',
  'ncm',
  'slda',
  'klda',
  'ranpac',
  'truncated-svd',
  'fecam',
  'fecam-tied',
  'falkon',
]);

/** Examples whose ids do not contain the name of their class. */
function examplesOf(label: string, count: number, from: number): Example[] {
  return Array.from({ length: count }, (_, i) => ({
    ...makeExample(`${label}${i}`, label, { crops: 2 }),
    id: `s${from + i}`,
  }));
}

const alpha = examplesOf('alpha', 4, 0);
const bravo = examplesOf('bravo', 4, 10);
const charlie = examplesOf('charlie', 4, 20);
const named = (examples: readonly Example[], label: string) =>
  examples.map((example) => ({ ...example, label }));

const holds = (bytes: Uint8Array, name: string) => Buffer.from(bytes).includes(name);
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** The class that most fresh embeddings of the pattern of `label` score highest as. */
function mostlyScoredAs(draft: HeadDraft, label: string): string {
  const random = seededRandom(5);
  const votes = draft.classes.map(() => 0);
  for (let i = 0; i < 20; i++) {
    const scores = scoreCrop(
      { ...draft, version: 1 },
      latentOf(label, cropEmbeddingLength, random),
    );
    const best = scores!.reduce((top, score, row) => (score > scores![top]! ? row : top), 0);
    votes[best]!++;
  }
  return draft.classes[votes.indexOf(Math.max(...votes))]!;
}

/** What every strategy does when classes are removed, merged and renamed. */
export function testClassChanges(name: StrategyName): void {
  const create = (): Strategy => createStrategy(name, { seed: 3, backend: 'wasm', ...sameTuning });
  const createHasty = (): Strategy => createStrategy(name, { seed: 3, steps: 4, backend: 'wasm' });
  const learn = async (strategy: Strategy, change: Partial<Change>) =>
    strategy.update(changeOf(change));
  const learnAll = async (strategy = createHasty()) => {
    await learn(strategy, { added: [...alpha, ...bravo, ...charlie], background });
    return strategy;
  };

  it('is not changed by moves of classes of which nothing is left', async () => {
    const removed = { removed: bravo, replay: () => [...alpha, ...charlie] };
    const strategy = await learnAll();
    const expected = await learn(strategy, removed);
    for (const to of ['charlie', 'delta', null]) {
      const moving = await learnAll();
      const draft = await learn(moving, { ...removed, moved: [{ from: 'bravo', to }] });
      expect(draft.classes).toEqual(expected.classes);
      // Some begin with other weights, and end nearly at the same ones.
      expect(draftDifference(draft, expected)).toBeLessThan(exact.has(name) ? 1e-12 : 1e-3);
      expect(holds(moving.save(), 'bravo')).toBe(false);
    }
  });

  it('keeps no trace of a class whose examples were all removed', async () => {
    const strategy = await learnAll();
    expect(holds(strategy.save(), 'bravo')).toBe(true);
    const replay = () => [...alpha, ...charlie];
    const draft = await learn(strategy, { removed: bravo, replay });
    expect(draft.classes).toEqual(['alpha', 'charlie']);
    expect(strategy.classes).toEqual(['alpha', 'charlie']);
    expect(holds(strategy.save(), 'bravo')).toBe(false);
  });

  it('drafts a head without classes after all of them were removed', async () => {
    const strategy = await learnAll();
    const removed = [...alpha, ...bravo, ...charlie];
    const draft = await learn(strategy, { removed, replay: () => [] });
    expect(draft.classes).toEqual([]);
    for (const label of ['alpha', 'bravo', 'charlie']) {
      expect(holds(strategy.save(), label)).toBe(false);
    }
    expect((await learn(strategy, { added: alpha })).classes).toEqual(['alpha']);
  });

  it('drops a class that moves to none, and learns it again', async () => {
    const strategy = await learnAll();
    const replay = () => [...alpha, ...charlie];
    const draft = await learn(strategy, { moved: [{ from: 'bravo', to: null }], replay });
    expect(draft.classes).toEqual(['alpha', 'charlie']);
    expect(strategy.classes).toEqual(['alpha', 'charlie']);
    expect(holds(strategy.save(), 'bravo')).toBe(false);
    const rows = [draft.dense.bias, draft.crop!.bias, draft.thresholds];
    for (const values of rows) expect(values).toHaveLength(2);
    const again = await learn(strategy, { added: bravo, replay: () => [...replay(), ...bravo] });
    expect(again.classes).toEqual(['alpha', 'charlie', 'bravo']);
  });

  it('makes a class part of another one, without a trace of its name', async () => {
    const strategy = await learnAll(create());
    const replay = () => [...alpha, ...charlie];
    const moved = [{ from: 'bravo', to: 'charlie' }];
    const draft = await learn(strategy, { moved, replay });
    expect(draft.classes).toEqual(['alpha', 'charlie']);
    expect(holds(strategy.save(), 'bravo')).toBe(false);
    if (!exact.has(name)) return;
    const added = [...alpha, ...named(bravo, 'charlie'), ...charlie];
    const whole = await learn(create(), { added, background });
    expect(draftDifference(draft, whole)).toBeLessThan(1e-4);
    expect(mostlyScoredAs(draft, 'bravo')).toBe('charlie');
  });

  it('gives the rows of a class to a new one that it moves to', async () => {
    const strategy = await learnAll(create());
    const replay = () => [...alpha, ...named(bravo, 'delta'), ...charlie];
    const draft = await learn(strategy, { moved: [{ from: 'bravo', to: 'delta' }], replay });
    expect(draft.classes).toEqual(['alpha', 'delta', 'charlie']);
    expect(holds(strategy.save(), 'bravo')).toBe(false);
    expect(mostlyScoredAs(draft, 'bravo')).toBe('delta');
  });

  it('moves what the removals of the same change leave', async () => {
    const strategy = await learnAll();
    const change = {
      added: named(bravo.slice(0, 2), 'charlie'),
      removed: bravo.slice(0, 2),
      moved: [{ from: 'bravo', to: 'charlie' }],
      replay: () => [...alpha, ...charlie],
    };
    const draft = await learn(strategy, change);
    expect(draft.classes).toEqual(['alpha', 'charlie']);
    expect(holds(strategy.save(), 'bravo')).toBe(false);
  });

  it('ignores the move of a class that it does not know', async () => {
    const strategy = await learnAll();
    const moved = [
      { from: 'nobody', to: 'alpha' },
      { from: 'nobody', to: null },
      { from: 'alpha', to: 'alpha' },
    ];
    const draft = await learn(strategy, { moved, replay: () => [...alpha, ...bravo, ...charlie] });
    expect(draft.classes).toEqual(['alpha', 'bravo', 'charlie']);
  });

  it('refuses the removal of an example of a class without any, and keeps its state', async () => {
    const strategy = await learnAll();
    const before = strategy.save();
    const removed = examplesOf('delta', 1, 30);
    await expect(learn(strategy, { added: alpha, removed })).rejects.toThrow(RangeError);
    await expect(learn(strategy, { removed })).rejects.toThrow('No example of class delta is left');
    expect(same(strategy.save(), before)).toBe(true);
  });
}

/** What every strategy does when an update or a restore fails half-way. */
export function testFailures(name: StrategyName): void {
  const create = (pause?: () => Promise<void>): Strategy =>
    createStrategy(name, { seed: 3, steps: 4, backend: 'wasm', ...(pause && { pause }) });
  const change = changeOf({
    added: [...bravo, ...charlie],
    removed: alpha.slice(0, 1),
    replay: () => [...alpha.slice(1), ...bravo, ...charlie],
  });

  it('is not affected by an earlier update that failed, wherever that was', async () => {
    const strategy = create();
    const untouched = create();
    for (const each of [strategy, untouched]) {
      await each.update(changeOf({ added: alpha, background }));
    }
    const before = strategy.save();
    let failures = 0;
    for (const reads of [1, 4, 7, 10, 13, 16, 20, 25]) {
      const added = [...change.added];
      added[4] = unreadableAfter(reads, added[4]!);
      const replay = () => [...alpha.slice(1), ...added];
      const failed = await strategy.update({ ...change, added, replay }).then(
        () => false,
        (error: unknown) => String(error).includes('cannot be read'),
      );
      if (!failed) break;
      failures++;
      expect(same(strategy.save(), before)).toBe(true);
    }
    expect(failures).toBeGreaterThanOrEqual(2);
    strategy.restore(before);
    expect(await strategy.update(change)).toEqual(await untouched.update(change));
  });

  it('can be aborted while it waits in a pause', async () => {
    let waits: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (waits = resolve));
    let pausing = false;
    const strategy = create(() => {
      if (!pausing) return Promise.resolve();
      waits();
      return new Promise<void>(() => undefined);
    });
    await strategy.update(changeOf({ added: alpha, background }));
    const before = strategy.save();
    pausing = true;
    const controller = new AbortController();
    const update = strategy.update(change, controller.signal);
    await waiting;
    controller.abort(new Error('the program ends'));
    await expect(update).rejects.toThrow('the program ends');
    expect(same(strategy.save(), before)).toBe(true);
    pausing = false;
    expect((await strategy.update(change)).classes).toEqual(['alpha', 'bravo', 'charlie']);
  });

  it('rejects a state with any damage, and keeps its own', async () => {
    const strategy = create();
    await strategy.update(changeOf({ added: [...alpha, ...bravo], background }));
    const saved = strategy.save();
    const other = create();
    await other.update(changeOf({ added: charlie, background }));
    const own = other.save();
    const random = seededRandom(11);
    for (let i = 0; i < 30; i++) {
      // The first hundred bytes hold the header, where damage does most.
      const at = Math.floor(random() * (i % 3 === 0 ? 100 : saved.length));
      const bit = 1 << Math.floor(random() * 8);
      const damaged = i % 4 === 3 ? saved.slice(0, at) : saved.with(at, saved[at]! ^ bit);
      expect(() => other.restore(damaged)).toThrow(/Not a usable/);
    }
    expect(same(other.save(), own)).toBe(true);
    other.restore(saved);
    expect(same(other.save(), saved)).toBe(true);
  });
}

/** An example of which no property can be read any more after so many reads. */
function unreadableAfter(reads: number, example: Example): Example {
  let left = reads;
  return new Proxy(example, {
    get: (target, key, receiver) => {
      if (left-- <= 0) throw new Error(`${target.id} cannot be read`);
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
}
