import { describe, expect, it } from 'vitest';
import { vectorLayout } from '../../../../../operators/detect/engines/embedding-layout.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { shuffle } from '../../../../../operators/foundation/numbers/shuffle.ts';
import { LearnedSet } from '../../../../../operators/learn/learned-set.ts';
import { createTally } from '../../../../../operators/learn/strategies/tally/tally.ts';
import type { Example } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeBackground, makeExample, makeExamples } from '../../make-example.ts';
import { relativeDifference } from '../../statistics/scatter-difference.ts';
import { stateOf, tallyDifference } from './tally-difference.ts';

const embedding = vectorLayout(16);
const create = () => createTally({ embedding });
const background = makeBackground(200);
const patterns = ['a', 'b', 'c', 'd'];
const objects = new Map(
  patterns
    .flatMap((pattern) => makeExamples(pattern, 6, { crops: 2, embeddingLength: embedding.length }))
    .map((example) => [example.id, example]),
);
const exampleOf = (id: string, label: string | null): Example => ({ ...objects.get(id)!, label });
const examplesOf = (labels: ReadonlyMap<string, string>) =>
  [...labels].map(([id, label]) => exampleOf(id, label));

/** Objects that are observed, and named at any time after that, under commands at random. */
class Names {
  readonly strategy = create();
  readonly labels = new Map<string, string>();
  readonly observed = new Set<string>();
  readonly #random: () => number;
  readonly #learned = new Map<string, string>();
  /** What each naming replaced. */
  readonly #replaced: { id: string; before: string | undefined }[] = [];
  #names = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  async command(): Promise<void> {
    const chance = this.#random();
    if (chance < 0.3) this.observed.add(this.#pick([...objects.keys()]));
    else if (chance < 0.6) this.#name();
    else if (chance < 0.7) this.#undo();
    else if (chance < 0.75) await this.#move(`name ${++this.#names}`);
    else if (chance < 0.8) await this.#move(this.#pick(this.#classes));
    else if (chance < 0.85) this.#drop();
    else await this.learn();
  }

  async learn(): Promise<void> {
    const differs = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>) =>
      new Map([...a].filter(([id, label]) => b.get(id) !== label));
    const removed = examplesOf(differs(this.#learned, this.labels));
    const added = examplesOf(differs(this.labels, this.#learned));
    await this.strategy.update(changeOf({ added, removed }));
    this.#learned.clear();
    for (const [id, label] of this.labels) this.#learned.set(id, label);
  }

  get #classes(): string[] {
    return [...new Set([...this.labels.values(), 'a'])];
  }

  #name(): void {
    if (this.observed.size === 0) return;
    const id = this.#pick([...this.observed]);
    this.#replaced.push({ id, before: this.labels.get(id) });
    this.labels.set(id, this.#random() < 0.8 ? id[0]! : this.#pick(patterns));
  }

  #undo(): void {
    if (this.#replaced.length === 0) return;
    const at = Math.floor(this.#random() * this.#replaced.length);
    const [undone] = this.#replaced.splice(at, 1);
    const { id, before } = undone!;
    if (before === undefined) this.labels.delete(id);
    else this.labels.set(id, before);
  }

  /** Renames a class, or makes it part of another one, in the sums alone. */
  async #move(to: string): Promise<void> {
    const from = this.#pick(this.#classes);
    await this.strategy.update(changeOf({ moved: [{ from, to }] }));
    for (const map of [this.labels, this.#learned]) {
      for (const [id, label] of map) if (label === from) map.set(id, to);
    }
    for (const each of this.#replaced) if (each.before === from) each.before = to;
  }

  #drop(): void {
    const dropped = this.#pick(this.#classes);
    for (const [id, label] of this.labels) if (label === dropped) this.labels.delete(id);
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)]!;
  }
}

describe('the state of tally', () => {
  it('depends on the last names only, whenever they were given, changed or taken back', async () => {
    let neverNamed = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const random = seededRandom(seed);
      const names = new Names(random);
      await names.strategy.update(changeOf({ background }));
      for (let i = 0; i < 50; i++) await names.command();
      await names.learn();
      neverNamed += [...names.observed].filter((id) => !names.labels.has(id)).length;
      const last = shuffle(examplesOf(names.labels), random);
      const [whole, one, other] = [create(), create(), create()];
      await whole.update(changeOf({ added: last, background }));
      await one.update(changeOf({ added: last.slice(0, 4), background }));
      await other.update(changeOf({ added: last.slice(4) }));
      await one.merge!(other.save());
      const state = stateOf(names.strategy, embedding);
      for (const each of [whole, one]) {
        expect(tallyDifference(state, stateOf(each, embedding))).toBeLessThan(1e-5);
      }
    }
    // The learner of the last names was never given these: they are not in its background.
    expect(neverNamed).toBeGreaterThan(10);
  });

  it('has nothing of objects that have no name yet, and of negatives what was said of them', () => {
    const unnamed = [...objects.keys()].map((id) => [id, undefined] as const);
    expect(new LearnedSet().diff(unnamed, exampleOf).isEmpty).toBe(true);
    const { added } = new LearnedSet().diff([...unnamed, ['a0', null]], exampleOf);
    expect(added.map(({ id, label }) => [id, label])).toEqual([['a0', null]]);
  });

  it('keeps the scatter of a class that is dropped without its vectors, and no more', async () => {
    const nothing = makeExample('n', null, { crops: 3, embeddingLength: embedding.length });
    const [ofA, ofB] = ['a', 'b'].map((label) =>
      [...objects.values()].filter((example) => example.label === label),
    );
    const learn = async (added: readonly Example[], moved: { from: string; to: null }[] = []) => {
      const strategy = create();
      await strategy.update(changeOf({ added }));
      await strategy.update(changeOf({ moved }));
      return stateOf(strategy, embedding).crop;
    };
    const dropped = await learn([nothing, ...ofA!, ...ofB!], [{ from: 'b', to: null }]);
    const [never, alone] = [await learn([nothing, ...ofA!]), await learn(ofB!)];
    expect([...dropped.classes.keys()]).toEqual(['a']);
    expect(dropped.background).toEqual(never.background);
    const [all, others, own] = [dropped, never, alone].map((scatter) => scatter.loaded());
    for (const [i, part] of all!.entries()) {
      const expected = others![i]!.map((value, k) => value + own![i]![k]!);
      expect(relativeDifference(part, expected)).toBeLessThan(1e-6);
    }
  });
});
