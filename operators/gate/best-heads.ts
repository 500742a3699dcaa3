import type { Verdict } from './verdict.ts';

/** Most versions besides the active one that are kept because a class was recalled best by them. */
export const bestVersionsMax = 4;

/** Plain data, to be stored. */
export interface BestContents {
  /** Class, the version that recalled it best, and its samples recalled when last compared. */
  readonly classes: readonly (readonly [name: string, version: number, hits: number | null])[];
}

interface Best {
  readonly version: number;
  /** Null where no held-out sample could tell. */
  readonly hits: number | null;
}

/**
 * By class, the version of the head that has recalled it best so far, so that small losses do not
 * add up: each new head is compared with that one, on the same samples.
 *
 * Holds at most `versionsMax` versions, and as many classes as the active head has. Where more
 * versions would be the best for something, the one that guards the fewest samples is given up:
 * its classes are then guarded by the newest head.
 */
export class BestHeads {
  readonly #versionsMax: number;
  readonly #classes = new Map<string, Best>();

  constructor(contents: BestContents = { classes: [] }, versionsMax = bestVersionsMax) {
    this.#versionsMax = versionsMax;
    for (const [name, version, hits] of contents.classes) {
      this.#classes.set(name, { version, hits });
    }
  }

  get contents(): BestContents {
    return {
      classes: [...this.#classes].map(([name, { version, hits }]) => [name, version, hits]),
    };
  }

  /** The versions that are to be kept, ascending; at most `versionsMax` and the newest one. */
  get versions(): readonly number[] {
    const versions = new Set([...this.#classes.values()].map(({ version }) => version));
    return [...versions].sort((a, b) => a - b);
  }

  /** By class, its best head, as the gate takes it; classes whose version is gone are left out. */
  heads<H>(headOf: (version: number) => H | undefined): Map<string, H> {
    const heads = new Map<string, H>();
    for (const [name, { version }] of this.#classes) {
      const head = headOf(version);
      if (head !== undefined) heads.set(name, head);
    }
    return heads;
  }

  /**
   * Notes an accepted verdict: `version` became active in place of `from`. A class is guarded by
   * the newest head from then on, unless an earlier one recalled more of the same samples.
   */
  note({ perClass }: Pick<Verdict, 'perClass'>, version: number, from: number): void {
    const before = new Map(this.#classes);
    this.#classes.clear();
    for (const { class: name, status, hits } of perClass) {
      if (status === 'withdrawn' || status === 'missing') continue;
      const after = hits?.after ?? null;
      const best = hits?.best ?? null;
      const guard = before.get(name)?.version ?? from;
      const isReached = best === null || after === null || after >= best;
      // Of two earlier heads that are equally good, the newer one can stay for longer.
      const earlier = hits?.before === best ? from : guard;
      this.#classes.set(
        name,
        isReached ? { version, hits: after } : { version: earlier, hits: best },
      );
    }
    this.#giveUp(version, new Map(perClass.map(({ class: name, hits }) => [name, hits?.after])));
  }

  /** A class goes by a new name; where that name is taken, the two become one. */
  rename(name: string, to: string): void {
    const best = this.#classes.get(name);
    this.#classes.delete(name);
    if (best !== undefined && !this.#classes.has(to)) this.#classes.set(to, best);
  }

  /** A class was removed or merged away. */
  remove(name: string): void {
    this.#classes.delete(name);
  }

  #giveUp(newest: number, after: ReadonlyMap<string, number | null | undefined>): void {
    for (;;) {
      const guarded = new Map<number, number>();
      for (const [name, { version, hits }] of this.#classes) {
        if (version === newest) continue;
        const loss = (hits ?? 0) - (after.get(name) ?? 0);
        guarded.set(version, (guarded.get(version) ?? 0) + loss);
      }
      if (guarded.size <= this.#versionsMax) return;
      const [least] = [...guarded].reduce((a, b) => (b[1] < a[1] ? b : a));
      for (const [name, { version }] of this.#classes) {
        if (version !== least) continue;
        this.#classes.set(name, { version: newest, hits: after.get(name) ?? null });
      }
    }
  }
}
