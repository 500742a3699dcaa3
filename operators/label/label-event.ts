import type { Label, Sample } from '../remember/sample.ts';
import type { ClassId } from './journal/journal-entry.ts';

/** One sample whose label changed. */
export interface LabelChange {
  /** The sample as it was; null where it is new. */
  readonly before: Sample | null;
  /** Null where its class was removed: it has left the memory. */
  readonly after: Sample | null;
}

/** A class whose name changed; null before its creation, and after it was removed. */
export interface ClassChange {
  readonly class: ClassId;
  readonly before: string | null;
  readonly after: string | null;
}

/** A label command that was carried out: what it changed, in the order in which it was applied. */
export interface LabelEvent {
  /** By which an undo names it. For an undo: the id of the command that was undone. */
  readonly labelId: string;
  readonly changes: readonly LabelChange[];
  /** Classes that were created, renamed, merged, removed, or are back after an undo. */
  readonly classes: readonly ClassChange[];
  /** Set where the command named a whole cluster: its id now, and its label, null without one. */
  readonly cluster: { readonly id: string; readonly label: Label | null } | null;
  /** Samples of the command that are gone from memory. */
  readonly gone: number;
}
