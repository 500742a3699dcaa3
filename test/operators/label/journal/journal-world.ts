import { expect } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { Journal } from '../../../../operators/label/journal/journal.ts';
import type { JournalEntry } from '../../../../operators/label/journal/journal-entry.ts';
import { splitOfJournal } from '../../../../operators/label/journal/split-of-journal.ts';
import { LabelError } from '../../../../operators/label/label-error.ts';
import type { LabelEvent } from '../../../../operators/label/label-event.ts';
import { SampleLabels } from '../../../../operators/label/sample-labels.ts';
import { createMemory } from '../../../../operators/remember/create-memory.ts';
import { makeSample } from '../../remember/make-sample.ts';
import { NaiveJournal, type NaiveEntry } from './naive-journal.ts';

const names = ['cone', 'Cone', 'vase', 'post', 'POST', 'chair'];

/** Commands at random on real labels, each checked against a {@link NaiveJournal}. */
export class JournalWorld {
  readonly memory = createMemory('reservoir', 2 ** 24, seededRandom(1));
  readonly #random: () => number;
  readonly #naive = new NaiveJournal();
  readonly #erased = new Set<string>();
  readonly #sides = new Map<string, boolean>();
  readonly #labelIds = new Set<string>();
  readonly #entries: JournalEntry[] = [];
  #labels: SampleLabels;
  #failing = false;
  #samples = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    for (let i = 0; i < 12; i++) this.#insert();
    this.#labels = this.#open(new Journal());
  }

  #insert(): void {
    const i = this.#samples++;
    // Some share a track, and so an object.
    const place = 20 * (i % 7);
    const facts = {
      trackId: i % 7,
      box: [place, 0, place + 9, 9],
      timestampMs: 9000 * i,
    } as const;
    this.memory.insert(makeSample(`s${i}`, { ...facts, embeddings: new Uint16Array(0) }));
  }

  get journal(): Journal {
    return this.#labels.journal;
  }

  async live(commands: number): Promise<void> {
    const acts = [
      ...[this.#label, this.#label, this.#label, this.#notA, this.#dismiss, this.#undo, this.#undo],
      ...[this.#undoNewest, this.#rename, this.#rename, this.#merge],
    ];
    for (let i = 0; i < commands; i++) {
      const isRare = this.#random() < 0.04;
      if (this.memory.size < 5) this.#insert();
      this.#failing = this.#random() < 0.05;
      await (isRare ? this.#remove() : this.#pick(acts).call(this));
      this.#failing = false;
      if (this.#random() < 0.1) this.#restart();
      this.check();
    }
  }

  /** What the journal, and the labels in memory, say is what the naive one says. */
  check(): void {
    const { classes } = this.journal;
    const idOf = (id: number): string => `k${id}`;
    expect(classes.present.map(({ id, name }) => [id, name])).toEqual(
      this.#naive.present().map(({ id, name }) => [idOf(id), name]),
    );
    for (let i = 0; i < this.#samples; i++) this.#checkSample(`s${i}`);
  }

  #checkSample(id: string): void {
    const facts = this.journal.factsOf(id);
    const name = this.#naive.nameOf(id);
    if (facts === null) {
      expect([name, this.#naive.notA(id)]).toEqual([null, []]);
      return;
    }
    const { classes } = this.journal;
    const notA = facts.notA.map((other) => classes.nameOf(other)!).sort();
    expect(notA).toEqual(this.#naive.notA(id));
    expect(facts.erased).toBe(name === 'erased');
    const { name: named } = facts;
    const given = named === null ? null : named.class === null ? 'background' : named.class;
    expect(given === null || given === 'background' ? given : classes.nameOf(given)).toBe(
      name === 'erased' ? null : name,
    );
    // An object that is trained on is never held out again.
    const wasHeldOut = this.#sides.get(id);
    if (wasHeldOut !== undefined && facts.heldOut) expect(wasHeldOut).toBe(true);
    this.#sides.set(id, facts.heldOut);
    // It is gone for good, whatever is undone later.
    if (name === 'erased') this.#erased.add(id);
    const sample = this.memory.get(id);
    expect(sample === undefined).toBe(this.#erased.has(id));
    if (sample === undefined) return;
    const { label, notA: denied = [], heldOut } = sample;
    expect(label === null ? null : (label.class ?? 'background')).toBe(name);
    expect([...denied].sort()).toEqual(this.#naive.notA(id));
    expect(heldOut).toBe(facts.heldOut && (name !== null || notA.length > 0));
  }

  #open(journal: Journal): SampleLabels {
    return new SampleLabels({
      memory: this.memory,
      split: splitOfJournal(journal, 0.5),
      journal,
      commit: async (entries) => {
        if (this.#failing) throw new Error('disk full');
        this.#entries.push(...entries);
      },
    });
  }

  #restart(): void {
    const entries = JSON.parse(JSON.stringify(this.#entries)) as JournalEntry[];
    this.#labels = this.#open(new Journal(entries));
  }

  #label = (): Promise<void> => this.#say('label');
  #notA = (): Promise<void> => this.#say('notA');

  async #say(type: 'label' | 'notA'): Promise<void> {
    const name = this.#pick(names);
    const known = this.#naive.named(name);
    const samples = this.#pickSamples();
    const statement = { kind: type === 'label' ? 'class' : 'notA', class: name } as const;
    const event = await this.#carryOut(
      this.#labels.label({ samples: samples.map((id) => this.memory.get(id)!) }, statement, author),
      samples.length > 0,
    );
    if (event === null) return;
    const position = this.journal.position;
    if (known === undefined) this.#naive.add(position - 1, { type: 'class', name });
    this.#naive.add(position, { type, class: known ?? position - 1, samples });
  }

  #dismiss = async (): Promise<void> => {
    const samples = this.#pickSamples();
    const about = { samples: samples.map((id) => this.memory.get(id)!) };
    const event = await this.#carryOut(
      this.#labels.label(about, { kind: 'background' }, author),
      samples.length > 0,
    );
    if (event === null) return;
    this.#naive.add(this.journal.position, { type: 'dismiss', class: 0, samples });
  };

  #undo = async (): Promise<void> => {
    const position = 1 + Math.floor(this.#random() * (this.journal.position + 1));
    const allowed = this.#naive.canUndo(position);
    const event = await this.#carryOut(this.#labels.undo(`l${position}`, author), allowed);
    if (event !== null) this.#naive.undo(position);
  };

  #undoNewest = async (): Promise<void> => {
    const candidate = this.#naive.positions.findLast((position) => {
      const entry = this.#naive.get(position)!;
      const isKind = entry.type !== 'class' && entry.type !== 'remove';
      const isGone = entry.type !== 'dismiss' && isKind && this.#naive.isRemoved(entry.class);
      return isKind && !isGone && this.#naive.isActive(position);
    });
    const allowed = candidate !== undefined && this.#naive.canUndo(candidate);
    const event = await this.#carryOut(this.#labels.undo(undefined, author), allowed);
    if (event !== null) this.#naive.undo(candidate!);
  };

  #rename = (): Promise<void> => {
    const [from, to] = [this.#pick(names), this.#pick(names)];
    const id = this.#naive.named(from);
    const allowed = id !== undefined && !this.#naive.isTaken(to, id);
    return this.#change(this.#labels.rename(from, to, author), allowed, () => ({
      ...{ type: 'rename', class: id!, name: to },
    }));
  };

  #merge = (): Promise<void> => {
    const [from, to] = [this.#pick(names), this.#pick(names)];
    const [id, into] = [this.#naive.named(from), this.#naive.named(to)];
    const allowed = id !== undefined && into !== undefined && id !== into;
    return this.#change(this.#labels.merge(from, to, author), allowed, () => ({
      ...{ type: 'merge', class: id!, into: into! },
    }));
  };

  #remove = async (): Promise<void> => {
    const name = this.#pick(names);
    const id = this.#naive.named(name);
    await this.#change(this.#labels.remove(name, author), id !== undefined, () => ({
      ...{ type: 'remove', class: id! },
    }));
  };

  async #change(
    work: Promise<LabelEvent>,
    allowed: boolean,
    entry: () => NaiveEntry,
  ): Promise<void> {
    const event = await this.#carryOut(work, allowed);
    if (event !== null) this.#naive.add(this.journal.position, entry());
  }

  /** Null where the command was refused, as it had to be. */
  async #carryOut(work: Promise<LabelEvent>, allowed: boolean): Promise<LabelEvent | null> {
    const before = this.journal.position;
    try {
      const event = await work;
      expect(allowed && !this.#failing).toBe(true);
      const newest = `l${this.journal.position}`;
      expect(this.#labelIds.has(newest)).toBe(false);
      this.#labelIds.add(newest);
      return event;
    } catch (error) {
      const isRefusal = error instanceof LabelError;
      if (!isRefusal && !(this.#failing && allowed)) throw error;
      if (isRefusal) expect(allowed, error.message).toBe(false);
      expect(this.journal.position).toBe(before);
      return null;
    }
  }

  #pickSamples(): string[] {
    const left = [...this.memory.values()].map(({ id }) => id);
    return left
      .filter(() => this.#random() < 0.15)
      .concat(this.#pick(left))
      .filter(unique);
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }
}

const author = { by: 'person', atMs: 1 };

function unique<T>(value: T, at: number, all: readonly T[]): boolean {
  return all.indexOf(value) === at;
}
