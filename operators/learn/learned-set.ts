import type { ClassMove, Example } from './strategy.ts';

/** The label under which a sample is to be learned: a class id, null for a negative. */
export type TargetLabel = string | null | undefined;

/** What a {@link LearnedSet} holds, as plain JSON. */
export interface LearnedContents {
  /** Samples whose vectors are kept, each with the label it was learned under. */
  readonly entries: readonly (readonly [sampleId: string, label: string | null])[];
  /** Number of learned samples whose vectors are gone, by label. At least 1 each. */
  readonly sealed: readonly (readonly [label: string | null, count: number])[];
}

/** A sample that stays learned under a label that it no longer has, as its vectors are gone. */
export interface Unremovable {
  readonly sampleId: string;
  /** The label it was learned under. */
  readonly label: string | null;
}

/** What an update has to do so that what is learned becomes what is wanted. */
export interface LearnDifference {
  /** In the order of the wanted samples. */
  readonly added: readonly Example[];
  /** With the vectors and the labels they were added with. */
  readonly removed: readonly Example[];
  /** Of merged and removed classes, those of which no entry is left; see `Change.moved`. */
  readonly moved: readonly ClassMove[];
  readonly unremovable: readonly Unremovable[];
  /** The learned set once an update with `added`, `removed` and `moved` has succeeded. */
  readonly after: LearnedSet;
  /**
   * True if there is nothing to update. `after` can be adopted at once then; it differs from the
   * set only by samples that are now sealed.
   */
  readonly isEmpty: boolean;
  /** False if there is more than this difference; then the next one holds more of it. */
  readonly isWhole: boolean;
}

/**
 * What a learner has taken in: every sample with the label under which it was added.
 *
 * It is stored with the learner's state, so that an update can learn the difference between what is
 * wanted and what is learned. After a failed update, or a crash, the next difference is larger;
 * nothing is added twice, and nothing is removed that was never added.
 *
 * A sample can be removed only while its vectors are kept. A sample without them is *sealed*: it
 * stays learned and is only counted. So there are at most as many entries as samples with vectors
 * if the owner seals what it evicts, and at most as many sealed counts as classes.
 */
export class LearnedSet {
  #entries: Map<string, string | null>;
  #sealed: Map<string | null, number>;

  /** @throws {RangeError} if a sample is listed twice or a count is below 1. */
  constructor({ entries, sealed }: LearnedContents = { entries: [], sealed: [] }) {
    this.#entries = new Map(entries);
    this.#sealed = new Map(sealed);
    if (this.#entries.size !== entries.length || this.#sealed.size !== sealed.length) {
      throw new RangeError('a learned set lists a sample or a label twice');
    }
    for (const [label, count] of sealed) {
      if (Number.isSafeInteger(count) && count > 0) continue;
      throw new RangeError(`a learned set seals ${count} samples of ${label ?? 'no class'}`);
    }
  }

  /** A copy of what the set holds, for storing. */
  get contents(): LearnedContents {
    return { entries: [...this.#entries], sealed: [...this.#sealed] };
  }

  /** Ids of the samples that can still be removed. */
  get ids(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Labels under which samples are learned, sealed ones included. */
  get labels(): ReadonlySet<string | null> {
    const labels = new Set(this.#sealed.keys());
    for (const label of this.#entries.values()) labels.add(label);
    return labels;
  }

  /** Number of samples that can still be removed. */
  get size(): number {
    return this.#entries.size;
  }

  /** The label under which a sample is learned; undefined if it is not, or is sealed. */
  labelOf(sampleId: string): TargetLabel {
    return this.#entries.get(sampleId);
  }

  /** Number of learned samples of a class, or of none for null, whose vectors are gone. */
  sealedOf(label: string | null): number {
    return this.#sealed.get(label) ?? 0;
  }

  /**
   * The difference between what is learned and what is wanted. The set itself does not change.
   *
   * `wanted` is complete: a sample that is not in it is wanted under no label, and of two entries
   * for one sample the last counts. `exampleOf` gives a sample's vectors under a label, always the
   * same ones, or undefined once they are gone, after which they must not come back; it is called
   * for changed samples only. `successors` maps each class that no longer exists to the class it
   * was merged into, or to null if it was removed: what is sealed of it moves there.
   *
   * With more than `examplesMax` examples the difference is a part of the whole, as `isWhole` says:
   * the next one goes on. So no update after a long outage is larger than the learner can abort.
   */
  diff(
    wanted: Iterable<readonly [sampleId: string, label: TargetLabel]>,
    exampleOf: (sampleId: string, label: string | null) => Example | undefined,
    successors: ReadonlyMap<string, string | null> = new Map(),
    examplesMax = Infinity,
  ): LearnDifference {
    const targets = new Map(wanted);
    const after = this.#copy();
    const added: Example[] = [];
    const removed: Example[] = [];
    const unremovable: Unremovable[] = [];
    const stuck = new Set<string>();
    let isWhole = true;
    for (const [sampleId, label] of this.#entries) {
      const target = targets.get(sampleId);
      if (target === label) continue;
      if (removed.length >= examplesMax) {
        isWhole = false;
        break;
      }
      const example = exampleOf(sampleId, label);
      if (example !== undefined) {
        removed.push(example);
        after.#entries.delete(sampleId);
        continue;
      }
      after.seal(sampleId);
      stuck.add(sampleId);
      // A sample that moves with its class to where it is wanted needs no vectors.
      const moves = label !== null && target != null && endOf(label, successors) === target;
      if (!moves) unremovable.push({ sampleId, label });
    }
    for (const [sampleId, target] of targets) {
      // Adding what is still learned, or could not be removed, would count the sample twice.
      if (target === undefined || after.#entries.has(sampleId) || stuck.has(sampleId)) continue;
      if (added.length + removed.length >= examplesMax) {
        isWhole = false;
        break;
      }
      const example = exampleOf(sampleId, target);
      if (example === undefined) continue;
      added.push(example);
      after.#entries.set(sampleId, target);
    }
    const moved = after.#moveSealed(successors, new Set(this.#entries.values()));
    const isEmpty = added.length + removed.length + moved.length === 0;
    return { added, removed, moved, unremovable, after, isEmpty, isWhole };
  }

  #copy(): LearnedSet {
    const copy = new LearnedSet();
    copy.#entries = new Map(this.#entries);
    copy.#sealed = new Map(this.#sealed);
    return copy;
  }

  /** Notes that a sample's vectors are gone: it stays learned. Ignores a sample not learned. */
  seal(sampleId: string): void {
    const label = this.#entries.get(sampleId);
    if (label === undefined) return;
    this.#entries.delete(sampleId);
    this.#sealed.set(label, this.sealedOf(label) + 1);
  }

  /**
   * Seals every sample whose vectors are gone, and returns how many. To be called when an `after`
   * is adopted: samples may have been evicted during the update.
   */
  sealMissing(hasVectors: (sampleId: string) => boolean): number {
    const missing = [...this.#entries.keys()].filter((sampleId) => !hasVectors(sampleId));
    for (const sampleId of missing) this.seal(sampleId);
    return missing.length;
  }

  /**
   * Moves the counts of classes with a successor, and returns the moves. A class with entries waits
   * until they are removed, because a move takes everything that is left of it. A class that had
   * entries before moves even where nothing is left: more than its examples may refer to it.
   */
  #moveSealed(
    successors: ReadonlyMap<string, string | null>,
    before: ReadonlySet<string | null>,
  ): ClassMove[] {
    const moved: ClassMove[] = [];
    const withEntries = new Set(this.#entries.values());
    for (const from of new Set([...this.#sealed.keys(), ...before])) {
      if (from === null || !successors.has(from) || withEntries.has(from)) continue;
      const to = endOf(from, successors);
      const count = this.sealedOf(from);
      this.#sealed.delete(from);
      if (to !== null && count > 0) this.#sealed.set(to, this.sealedOf(to) + count);
      moved.push({ from, to });
    }
    return moved;
  }
}

/** Follows merges to a class that still exists; null if it was removed. */
function endOf(label: string, successors: ReadonlyMap<string, string | null>): string | null {
  let end = label;
  for (let merges = 0; merges <= successors.size; merges++) {
    const next = successors.get(end);
    if (next === undefined) return end;
    if (next === null) return null;
    end = next;
  }
  throw new RangeError(`class ${label} is its own successor`);
}
