import type { Label, Sample } from '../remember/sample.ts';

/** One sample whose label changed. */
export interface LabelChange {
  /** The sample as it was; null where it is new. */
  readonly before: Sample | null;
  readonly after: Sample;
}

/** A label command that was carried out: what it changed, in the order in which it was applied. */
export interface LabelEvent {
  /** By which an undo names it. For an undo: the id of the command that was undone. */
  readonly labelId: string;
  readonly changes: readonly LabelChange[];
  /** Set where the command named a whole cluster: its id now, and its label, null after an undo. */
  readonly cluster: { readonly id: string; readonly label: Label | null } | null;
}
