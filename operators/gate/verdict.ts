/**
 * What became of a class, from the active head to the candidate.
 *
 * `kept`, `rose`, `fell`: as many, more or fewer held-out samples are recalled. `untested`: there
 * are none. `new`: only the candidate knows it, and recalls enough. `unproven`: only the candidate
 * knows it, and there are too few samples to tell. `too-few`: only the candidate knows it, and it
 * surely recalls too few. `withdrawn`, `missing`: only the active head knows it, on purpose or not.
 */
export type ClassStatus = (typeof classStatuses)[number];

export const classStatuses = [
  'kept',
  'rose',
  'fell',
  'untested',
  'new',
  'unproven',
  'too-few',
  'withdrawn',
  'missing',
] as const;

/** A count under the active head, the candidate, and the best head that the class has had. */
export interface CountsOfHeads {
  /** Null if the head lacks the class or no sample has it. */
  readonly before: number | null;
  readonly after: number | null;
  readonly best: number | null;
}

/** One class before and after. Optional fields are absent in verdicts of older versions. */
export interface ClassVerdict {
  readonly class: string;
  /** Recall of the active head, 0..1; null if it lacks the class or no sample has it. */
  readonly before: number | null;
  /** Recall of the candidate, likewise. */
  readonly after: number | null;
  /** Held-out samples of the class. */
  readonly samples: number;
  /** The samples recalled. `best` is the largest count of the active and the best heads. */
  readonly hits?: CountsOfHeads;
  readonly status?: ClassStatus;
  /** Whether its loss, or its false alarms, are more than chance and tolerance explain. */
  readonly refused?: boolean;
  /** Held-out objects of other classes that are taken for this class; `others`: how many exist. */
  readonly falseAlarms?: {
    readonly before: number | null;
    readonly after: number | null;
    readonly others: number;
  };
}

/** Background samples of one source on which some class fires. */
export interface SourceVerdict {
  readonly source: string;
  readonly before: number;
  /** Null for a candidate that cannot be evaluated. */
  readonly after: number | null;
  readonly samples: number;
}

export interface Verdict {
  readonly accepted: boolean;
  readonly code: VerdictCode;
  /** One line for a person: each class that moved, with counts; statements joined by `; `. */
  readonly reason: string;
  /** The candidate's classes, then those that only the active head has. */
  readonly perClass: readonly ClassVerdict[];
  readonly background: {
    /** Share of background samples on which some class fires; null without samples. */
    readonly before: number | null;
    readonly after: number | null;
    readonly samples: number;
    /** Counts per source, in code-unit order. Absent in verdicts of older versions. */
    readonly sources?: readonly SourceVerdict[];
  };
}

export const verdictCodes = [
  'accepted',
  'malformed',
  'not-finite',
  'class-missing',
  'class-fell',
  'class-too-few',
  'recall-fell',
  'precision-fell',
  'background-rose',
] as const;

export type VerdictCode = (typeof verdictCodes)[number];
