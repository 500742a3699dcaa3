import type { SplitDecision, SplitSubject } from '../held-out-split.ts';

/**
 * Durable id of a class. Names can change; journal and learner know classes by id only.
 * `k` and the position of the entry that created the class.
 */
export type ClassId = string;

/** One labelled sample, and on which side of the split its object is. */
export interface LabelledSample {
  readonly id: string;
  /** The object that it shows: samples of one object are on one side. */
  readonly object: string;
  /** Whether the object serves the gate and is never trained on. */
  readonly heldOut: boolean;
  /** What the split decided when the sample was labelled first; absent later. */
  readonly seen?: SplitSubject & Pick<SplitDecision, 'merged' | 'look'>;
}

/** What a label is about. */
export interface LabelScope {
  readonly samples: readonly LabelledSample[];
  /** The cluster, if a whole cluster was labelled. */
  readonly cluster?: string;
  /** The track, if one was labelled: the label holds for it as well as for its samples. */
  readonly track?: { readonly camera: string; readonly trackId: number };
  /**
   * Held-out samples that are trained on from here: a new sample showed that their object is one
   * that is trained on already.
   */
  readonly joinedTraining?: readonly string[];
}

/** What an entry records. */
export type Fact =
  /** A class was created. `id`: of a class from an older state. */
  | { readonly type: 'class'; readonly name: string; readonly id?: ClassId }
  | ({ readonly type: 'label'; readonly class: ClassId } & LabelScope)
  | ({ readonly type: 'notA'; readonly class: ClassId } & LabelScope)
  | ({ readonly type: 'dismiss' } & LabelScope)
  /** An earlier entry does not count any more. */
  | { readonly type: 'undo'; readonly of: number }
  | { readonly type: 'rename'; readonly class: ClassId; readonly name: string }
  | { readonly type: 'merge'; readonly class: ClassId; readonly into: ClassId }
  | { readonly type: 'remove'; readonly class: ClassId }
  /** An earlier head was made active. */
  | {
      readonly type: 'rollback';
      readonly from: number;
      readonly to: number;
      /** Why the program rolled back by itself; absent: somebody asked for it. */
      readonly reason?: string;
    }
  /** The learner took in what the entries before it say, and background of live scenes. */
  | {
      readonly type: 'learned';
      readonly added: number;
      readonly removed: number;
      /** Rows and negatives of background; the record `background` of this position holds them. */
      readonly background: number;
      /** Hash of all changes that the learner has applied. */
      readonly trainedOn: string;
    };

/** One entry of the journal. */
export interface JournalEntry {
  /** 1, 2, 3, …; never given twice in one state. */
  readonly position: number;
  /** ms since the Unix epoch, or of virtual time in simulations. */
  readonly atMs: number;
  /** `person`, `program` or `simulation`, followed by a name where one is known. */
  readonly by: string;
  readonly fact: Fact;
}

/** An entry that gives samples a label. */
export type LabelEntry = JournalEntry & {
  readonly fact: Extract<Fact, { readonly samples: unknown }>;
};

/** Whether an entry gives samples a label. */
export function isLabelEntry(entry: JournalEntry): entry is LabelEntry {
  return 'samples' in entry.fact;
}

/** The id by which answers and undo commands name an entry. */
export function labelIdOf(position: number): string {
  return `l${position}`;
}

/** The position in an id of {@link labelIdOf}; null for other text. */
export function positionOf(labelId: string): number | null {
  const digits = /^l(\d{1,15})$/.exec(labelId)?.[1];
  return digits === undefined ? null : Number(digits);
}
