import { cropEmbeddingLength } from '../../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { type LearnedContents, LearnedSet } from '../../../../operators/learn/learned-set.ts';
import type { Example, HeadDraft, Strategy } from '../../../../operators/learn/strategy.ts';
import { changeOf, makeExample } from '../make-example.ts';

const classes = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Samples in the pool, named after the pattern that they show, whatever they are labelled. */
const pool: readonly Sample[] = classes.flatMap((pattern) =>
  Array.from({ length: 8 }, (_, i) => ({ id: `${pattern}${i}`, label: pattern })),
);
const negatives: readonly Sample[] = [0, 1, 2, 3].map((i) => ({ id: `n${i}`, label: null }));

interface Sample {
  readonly id: string;
  readonly label: string | null;
}

/** The vectors of all samples. */
function makeVectors(embeddingLength: number): ReadonlyMap<string, Example> {
  const examples = [...pool, ...negatives].map(({ id, label }) =>
    makeExample(id, label, { crops: label === null ? 1 : 2, embeddingLength }),
  );
  return new Map(examples.map((example) => [example.id, example]));
}

/**
 * A strategy under commands at random: labels (a fifth of them wrong), undos, merges, removals of
 * classes, with updates in between, some of which are aborted, and restarts from saved bytes.
 */
export class JournalWorld {
  readonly #random: () => number;
  readonly #create: (pause: () => Promise<void>) => Strategy;
  readonly #background: Float32Array;
  readonly #labels = new Map<string, string | null>();
  readonly #vectors: ReadonlyMap<string, Example>;
  #pool = pool;
  #negatives = negatives;
  /** How often the background was learned. */
  #backgrounds = 0;
  #strategy: Strategy;
  #learned = new LearnedSet();
  #pause: () => void = () => undefined;

  constructor(
    seed: number,
    create: (pause: () => Promise<void>) => Strategy,
    background: Float32Array,
    embeddingLength = cropEmbeddingLength,
  ) {
    this.#vectors = makeVectors(embeddingLength);
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
      world.#negatives = negatives.filter((_, at) => at % 2 === i);
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
    this.#negatives = negatives;
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
    const survivors = this.#learned.contents.entries.map(([id, label]) =>
      this.#exampleOf(id, label),
    );
    const learner = this.#start();
    for (let i = 1; i < this.#backgrounds; i++) {
      await learner.update(changeOf({ background: this.#background }));
    }
    const change = changeOf({ added: survivors, background: this.#background });
    return [draft, await learner.update(change)];
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
    const difference = this.#learned.diff(this.#labels, (id, label) => this.#exampleOf(id, label));
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

  #exampleOf(id: string, label: string | null): Example {
    return { ...this.#vectors.get(id)!, label };
  }
}
