import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { type LearnedContents, LearnedSet } from '../../../../operators/learn/learned-set.ts';
import type { Example, HeadDraft, Strategy } from '../../../../operators/learn/strategy.ts';
import { changeOf, makeExample } from '../make-example.ts';

const classes = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Samples in the pool, named after the pattern that they show, whatever they are labelled. */
const pool = classes.flatMap((pattern) =>
  Array.from({ length: 8 }, (_, i) => makeExample(`${pattern}${i}`, pattern, { crops: 2 })),
);
const negatives = [0, 1, 2, 3].map((i) => makeExample(`n${i}`, null, { crops: 1 }));
const vectors = new Map([...pool, ...negatives].map((example) => [example.id, example]));

/**
 * A strategy under commands at random: labels (a fifth of them wrong), undos, merges, removals of
 * classes, with updates in between, some of which are aborted, and restarts from saved bytes.
 */
export class JournalWorld {
  readonly #random: () => number;
  readonly #create: (pause: () => Promise<void>) => Strategy;
  readonly #background: Float32Array;
  readonly #labels = new Map<string, string | null>();
  #pool = pool;
  /** How often the background was learned. */
  #backgrounds = 0;
  #strategy: Strategy;
  #learned = new LearnedSet();
  #pause: () => void = () => undefined;

  constructor(
    seed: number,
    create: (pause: () => Promise<void>) => Strategy,
    background: Float32Array,
  ) {
    this.#random = seededRandom(seed);
    this.#create = create;
    this.#background = background;
    this.#strategy = this.#start();
  }

  /** Runs the commands, and returns the last head and that of a learner of the survivors only. */
  async run(commands: number): Promise<readonly [HeadDraft, HeadDraft]> {
    await this.#learnBackground();
    await this.#obey(commands);
    return this.#compare();
  }

  /**
   * Like {@link run}, but before, another learner runs as many commands on the other half of the
   * samples, and its state is merged into this one, which goes on with the samples of both.
   */
  async runMerged(other: JournalWorld, commands: number): Promise<readonly [HeadDraft, HeadDraft]> {
    for (const [i, world] of [this, other].entries()) {
      world.#pool = pool.filter((_, at) => at % 2 === i);
      await world.#learnBackground();
      await world.#obey(commands);
      await world.#update();
    }
    await this.#strategy.merge!(other.#strategy.save());
    const entries = [...this.#learned.contents.entries, ...other.#learned.contents.entries];
    this.#learned = new LearnedSet({ entries, sealed: [] });
    for (const [id, label] of other.#labels) this.#labels.set(id, label);
    this.#backgrounds += other.#backgrounds;
    this.#pool = pool;
    await this.#obey(commands);
    return this.#compare();
  }

  async #learnBackground(): Promise<void> {
    await this.#strategy.update(changeOf({ background: this.#background }));
    this.#backgrounds++;
  }

  async #obey(commands: number): Promise<void> {
    for (let i = 0; i < commands; i++) {
      this.#command();
      const chance = this.#random();
      if (chance < 0.08) await this.#update();
      else if (chance < 0.1) await this.#abortedUpdate();
      else if (chance < 0.12) this.#restart();
    }
  }

  async #compare(): Promise<readonly [HeadDraft, HeadDraft]> {
    const draft = await this.#update();
    const survivors = this.#learned.contents.entries.map(([id, label]) => exampleOf(id, label));
    const learner = this.#start();
    for (let i = 1; i < this.#backgrounds; i++) {
      await learner.update(changeOf({ background: this.#background }));
    }
    const change = changeOf({ added: survivors, background: this.#background });
    return [draft, await learner.update(change)];
  }

  /** Those of this world only, while there are two: a sample is learned by one. */
  get #negatives(): readonly Example[] {
    return negatives.filter((_, at) => this.#pool === pool || this.#pool.includes(pool[at]!));
  }

  /** Classes with a label. */
  get classes(): ReadonlySet<string> {
    return new Set([...this.#labels.values()].filter((label) => label !== null));
  }

  #start(): Strategy {
    return this.#create(() => {
      this.#pause();
      return Promise.resolve();
    });
  }

  #command(): void {
    const chance = this.#random();
    if (chance < 0.7) {
      const { id, label } = this.#pick([...this.#pool, ...this.#pool, ...this.#negatives]);
      this.#labels.set(id, this.#random() < 0.2 ? this.#pick([...classes, null]) : label);
    } else if (chance < 0.95) {
      this.#labels.delete(this.#pick([...this.#labels.keys(), 'none']));
    } else {
      const from = this.#pick(classes);
      const to = this.#random() < 0.5 ? null : this.#pick(classes);
      for (const [id, label] of [...this.#labels]) {
        if (label !== from) continue;
        if (to === null) this.#labels.delete(id);
        else this.#labels.set(id, to);
      }
    }
  }

  async #update(signal?: AbortSignal): Promise<HeadDraft> {
    const difference = this.#learned.diff(this.#labels, exampleOf);
    const { added, removed, moved } = difference;
    const draft = await this.#strategy.update(changeOf({ added, removed, moved }), signal);
    this.#learned = difference.after;
    return draft;
  }

  async #abortedUpdate(): Promise<void> {
    const controller = new AbortController();
    let pauses = Math.floor(this.#random() * 6);
    this.#pause = () => {
      if (pauses-- <= 0) controller.abort(new Error('aborted'));
    };
    await this.#update(controller.signal).catch((error: unknown) => {
      if (!controller.signal.aborted) throw error;
    });
    this.#pause = () => undefined;
  }

  #restart(): void {
    const bytes = this.#strategy.save();
    const contents = JSON.stringify(this.#learned.contents);
    this.#strategy = this.#start();
    this.#strategy.restore(bytes);
    this.#learned = new LearnedSet(JSON.parse(contents) as LearnedContents);
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)]!;
  }
}

function exampleOf(id: string, label: string | null): Example {
  return { ...vectors.get(id)!, label };
}
