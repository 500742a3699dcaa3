import type { Head } from '../../../operators/detect/heads/head.ts';
import {
  builtInVectors,
  isSameSight,
  type VectorSight,
} from '../../../operators/detect/engines/sight.ts';

/** That somebody went back to a head, while these models were in use. */
export interface Rollback {
  readonly version: number;
  /** Null where an earlier version of lifelens did not record it: the models in use. */
  readonly sight: VectorSight | null;
}

/** Most models whose rollbacks are kept; of more, the oldest is forgotten. */
export const rollbacksMax = 8;

/** The rollback that holds for the models in use, and those of other models until they are back. */
export class Rollbacks {
  #own: Rollback | null;
  #others: readonly Rollback[];

  constructor(own: Rollback | null, others: readonly Rollback[]) {
    this.#own = own;
    this.#others = others.slice(-rollbacksMax);
  }

  /** Why the active head is active; null where it was learned last. */
  get own(): Rollback | null {
    return this.#own;
  }

  get others(): readonly Rollback[] {
    return this.#others;
  }

  /** Whether the rollback was made with these models, or there is none. */
  suits(sight: VectorSight): boolean {
    const made = this.#own?.sight ?? null;
    return made === null || isSameSight(made, sight);
  }

  /** Lays the present one aside, and takes that of these models, of those whose head is held. */
  adopt(sight: VectorSight, isHeld: (version: number) => boolean): Rollback | null {
    const all = this.#own === null ? this.#others : [...this.#others, this.#own];
    const ofThese = (each: Rollback) => each.sight !== null && isSameSight(each.sight, sight);
    this.#own = all.findLast((each) => ofThese(each) && isHeld(each.version)) ?? null;
    this.#others = all.filter((each) => !ofThese(each)).slice(-rollbacksMax);
    return this.#own;
  }

  /** Notes that a head became active, learned or gone back to. */
  set(own: Rollback | null): void {
    this.#own = own;
  }
}

/** Reads what {@link rollbackFacts} wrote of the record of the active head. */
export function readRollbacks(
  record: Readonly<Record<string, unknown>>,
  active: Head,
): { readonly own: Rollback | null; readonly others: readonly Rollback[] } {
  const { rolledBack, sight } = record;
  const known = active.classes.length > 0 ? (active.sight ?? builtInVectors) : null;
  const made = sightIn(sight) ?? known;
  return {
    own: rolledBack === true ? { version: active.version, sight: made } : null,
    others: othersIn(record),
  };
}

/** The rollbacks of other models in the record of the active head. */
export function othersIn({ others }: Readonly<Record<string, unknown>>): readonly Rollback[] {
  return (Array.isArray(others) ? (others as unknown[]) : []).flatMap((each) => {
    const { version, sight: own } = (each ?? {}) as Readonly<Record<string, unknown>>;
    const theirs = sightIn(own);
    return theirs === null || !Number.isSafeInteger(version)
      ? []
      : [{ version: version as number, sight: theirs }];
  });
}

/** Rollbacks as the record of the active head holds them. */
export function rollbackFacts(own: Rollback | null, others: readonly Rollback[]): object {
  return {
    rolledBack: own !== null,
    ...(own?.sight && { sight: own.sight }),
    ...(others.length > 0 && { others }),
  };
}

function sightIn(value: unknown): VectorSight | null {
  if (typeof value !== 'object' || value === null) return null;
  const { detector, encoder, embeddingLength } = value as Readonly<Record<string, unknown>>;
  return typeof detector === 'string' &&
    typeof encoder === 'string' &&
    typeof embeddingLength === 'number'
    ? { detector, encoder, embeddingLength }
    : null;
}
