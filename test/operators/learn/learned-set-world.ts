import { expect } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  type LearnDifference,
  type LearnedContents,
  LearnedSet,
  type TargetLabel,
} from '../../../operators/learn/learned-set.ts';
import { makeExample } from './make-example.ts';

const { dense, denseTargets, embeddings } = makeExample('x', 'a');

/** A learner that is nothing but what it was given: sample ids by label. */
class NaiveLearner {
  readonly groups = new Map<string | null, string[]>();

  update({ added, removed, moved }: LearnDifference): void {
    for (const { id, label } of added) this.#group(label).push(id);
    for (const { id, label } of removed) {
      const at = this.#group(label).indexOf(id);
      if (at < 0) throw new Error(`${id} was never added as ${label}`);
      this.#group(label).splice(at, 1);
    }
    for (const { from, to } of moved) {
      const rest = this.#group(from).splice(0);
      if (to !== null) this.#group(to).push(...rest);
    }
  }

  #group(label: string | null): string[] {
    const group = this.groups.get(label) ?? [];
    this.groups.set(label, group);
    return group;
  }
}

const classes = ['c1', 'c2', 'c3', 'c4', 'c5'];

/** Labels, evictions, merges and updates at random, some of which fail. */
export class LearnedSetWorld {
  readonly #random: () => number;
  readonly #labels = new Map<string, TargetLabel>();
  readonly #kept = new Set<string>();
  readonly #successors = new Map<string, string | null>();
  readonly #learner = new NaiveLearner();
  #set = new LearnedSet();
  #samples = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  live(steps: number): void {
    const acts = [
      ...[this.#label, this.#label, this.#label, this.#withdraw, this.#evict, this.#restart],
      ...[this.#merge, this.#update, this.#update, this.#failedUpdate],
    ];
    for (let step = 0; step < steps; step++) {
      acts[Math.floor(this.#random() * acts.length)]!.call(this);
      this.#check();
    }
    this.#adopt(this.#difference());
    this.#checkWanted();
  }

  #pick<T>(values: Iterable<T>): T {
    const list = [...values];
    return list[Math.floor(this.#random() * list.length)]!;
  }

  #label(): void {
    const id =
      this.#samples === 0 || this.#random() < 0.6
        ? `s${++this.#samples}`
        : this.#pick(this.#labels.keys());
    if (!this.#labels.has(id)) this.#kept.add(id);
    const open = classes.filter((name) => !this.#successors.has(name));
    this.#labels.set(id, this.#pick([...open, null]));
  }

  #withdraw(): void {
    if (this.#samples > 0) this.#labels.set(this.#pick(this.#labels.keys()), undefined);
  }

  #evict(): void {
    if (this.#kept.size === 0) return;
    const id = this.#pick(this.#kept);
    this.#kept.delete(id);
    this.#set.seal(id);
    // An evicted sample may be forgotten altogether, too.
    if (this.#random() < 0.3) this.#labels.delete(id);
  }

  /** Merges or removes a class, or takes that back. */
  #merge(): void {
    const from = this.#pick(classes);
    if (this.#successors.delete(from)) return;
    const others = classes.filter((name) => name !== from && !this.#successors.has(name));
    if (others.length === 0) return;
    const to = this.#random() < 0.3 ? null : this.#pick(others);
    this.#successors.set(from, to);
    for (const [id, label] of this.#labels) {
      if (label === from) this.#labels.set(id, to ?? undefined);
    }
  }

  #restart(): void {
    this.#set = new LearnedSet(JSON.parse(JSON.stringify(this.#set.contents)) as LearnedContents);
  }

  #difference(): LearnDifference {
    return this.#set.diff(
      this.#labels,
      (id, label) =>
        this.#kept.has(id) ? { id, label, dense, denseTargets, embeddings } : undefined,
      this.#successors,
    );
  }

  #update(): void {
    const difference = this.#difference();
    // Samples are evicted and labelled while an update runs.
    if (this.#random() < 0.3) this.#evict();
    if (this.#random() < 0.3) this.#label();
    this.#adopt(difference);
  }

  #adopt(difference: LearnDifference): void {
    this.#learner.update(difference);
    this.#set = difference.after;
    this.#set.sealMissing((id) => this.#kept.has(id));
  }

  #failedUpdate(): void {
    this.#difference();
  }

  /** The learner holds the entries, and of every label as many others as are sealed. */
  #check(): void {
    const { entries, sealed } = this.#set.contents;
    const left = new Map([...this.#learner.groups].map(([label, ids]) => [label, [...ids]]));
    for (const [id, label] of entries) {
      const group = left.get(label) ?? [];
      expect(group).toContain(id);
      group.splice(group.indexOf(id), 1);
    }
    const counts = [...left].map(([label, ids]) => [label, ids.length] as const);
    expect(new Map(counts.filter(([, count]) => count > 0))).toEqual(new Map(sealed));
  }

  #checkWanted(): void {
    this.#check();
    const wanted = [...this.#labels].filter(
      ([id, label]) => label !== undefined && this.#kept.has(id),
    );
    expect(new Map(this.#set.contents.entries)).toEqual(new Map(wanted));
    for (const [name] of this.#set.contents.sealed) {
      if (name !== null) expect(this.#successors.has(name)).toBe(false);
    }
  }
}
