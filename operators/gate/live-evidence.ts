import { nameText } from './verdict-reason.ts';

/** A labelled live sample and what two heads took it for before either learned it. */
export interface LiveNote {
  readonly sampleId: string;
  /** What it is; null for none of the classes. */
  readonly class: string | null;
  /** For a null class: the classes that it is not; absent or empty: none at all. */
  readonly not?: readonly string[];
  /** What the active head takes it for. */
  readonly active: string | null;
  /** What the reference head takes it for, see {@link LiveEvidence.referenceVersion}. */
  readonly reference: string | null;
}

/** The class of a sample under each head; undefined where its vectors are gone. */
export type Repredict = (
  note: LiveNote,
) => { readonly active: string | null; readonly reference: string | null } | undefined;

/** A regression that live samples show. */
export interface Regression {
  /** Null: the head fires on what is none of the classes. */
  readonly class: string | null;
  /** The version to return to. */
  readonly version: number;
  readonly lost: number;
  readonly gained: number;
  /** One line for a person. */
  readonly reason: string;
}

export const liveEvidenceLimits = {
  /** Labelled samples since the reference was set; then the active head becomes the reference. */
  notesMax: 200,
} as const;

/** Chance, per reference and over all classes, that a head without a regression is rolled back. */
const errorRate = 0.05;
/**
 * Share of losses among the samples that the two heads take differently: without a regression,
 * where corrections are made somewhat more often than confirmations; and with one.
 */
const lossShares = { without: 0.6, with: 0.95 };

/**
 * Decides from labelled live samples, one after another, whether the active head has become worse
 * at a class than the head before it.
 *
 * Only samples that the two heads take differently count: lost if only the reference head was
 * right, gained if only the active one was. Per class it is a sequential probability ratio test
 * (Wald 1945) of a loss share of 0.95 against 0.6; it decides when the ratio exceeds
 * `classes / errorRate`, which bounds the rate of false alarms however long it runs (Ville 1939).
 *
 * The reference is the head before the oldest swap that is not settled yet: swaps come after a few
 * labels, and the evidence would start over with each of them otherwise. After `notesMax` samples
 * without a decision the active head becomes the reference.
 */
export class LiveEvidence {
  #reference: number | null = null;
  #notes: LiveNote[] = [];
  #activeVersion: number | null = null;

  /** The version to compare with, which has to be kept; null where there is none. */
  get referenceVersion(): number | null {
    return this.#reference;
  }

  /**
   * Notes that a head became active in place of `from`. What was noted is predicted anew, since
   * the new head may have mended a regression. Returns a regression that is still there.
   */
  swapped(version: number, from: number, repredict: Repredict): Regression | null {
    this.#activeVersion = version;
    this.#reference ??= from;
    this.#notes = this.#notes.flatMap((note) => {
      const predicted = repredict(note);
      return predicted === undefined ? [] : [{ ...note, ...predicted }];
    });
    return this.#decide([...new Set(this.#notes.map((note) => note.class))]);
  }

  /** Forgets everything: an earlier head was made active again. */
  rolledBack(): void {
    this.#reference = null;
    this.#notes = [];
  }

  /** Notes a labelled sample, in place of an earlier note of it. */
  note(note: LiveNote): Regression | null {
    if (this.#reference === null) return null;
    this.#notes = this.#notes.filter(({ sampleId }) => sampleId !== note.sampleId);
    this.#notes.push(note);
    const regression = this.#decide([note.class]);
    if (regression === null && this.#notes.length >= liveEvidenceLimits.notesMax) {
      this.#reference = this.#activeVersion;
      this.#notes = [];
    }
    return regression;
  }

  /** A label was taken back. */
  withdraw(sampleId: string): void {
    this.#notes = this.#notes.filter((note) => note.sampleId !== sampleId);
  }

  /** A class goes by a new name. */
  rename(from: string, to: string): void {
    const renamed = (name: string | null) => (name === from ? to : name);
    this.#notes = this.#notes.map((note) => ({
      ...note,
      class: renamed(note.class),
      active: renamed(note.active),
      reference: renamed(note.reference),
      ...(note.not && { not: note.not.map((name) => (name === from ? to : name)) }),
    }));
  }

  #decide(classes: readonly (string | null)[]): Regression | null {
    const compared = new Set(this.#notes.map((note) => note.class)).size;
    for (const name of classes) {
      const notes = this.#notes.filter((note) => note.class === name);
      const lost = notes.filter((note) => isRight(note, 'reference') && !isRight(note, 'active'));
      const gained = notes.filter((note) => !isRight(note, 'reference') && isRight(note, 'active'));
      if (likelihoodRatio(lost.length, gained.length) < compared / errorRate) continue;
      return this.#regression(name, notes, lost.length, gained.length);
    }
    return null;
  }

  #regression(
    name: string | null,
    notes: readonly LiveNote[],
    lost: number,
    gained: number,
  ): Regression {
    const right = (head: 'active' | 'reference') =>
      notes.filter((note) => isRight(note, head)).length;
    const version = this.#reference!;
    const what = name === null ? 'things of no class are left alone' : nameText(name);
    const reason =
      `${what}: ${right('active')} of ${notes.length} labelled live samples, ` +
      `${right('reference')} by head ${version}`;
    return { class: name, version, lost, gained, reason };
  }
}

/** How much more likely so many losses and gains are with a regression than without one. */
function likelihoodRatio(lost: number, gained: number): number {
  const { without, with: regressed } = lossShares;
  return (regressed / without) ** lost * ((1 - regressed) / (1 - without)) ** gained;
}

function isRight(note: LiveNote, head: 'active' | 'reference'): boolean {
  const predicted = note[head];
  if (note.class !== null) return predicted === note.class;
  const { not = [] } = note;
  return predicted === null || (not.length > 0 && !not.includes(predicted));
}
