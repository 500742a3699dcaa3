import type { Sample } from '../remember/sample.ts';
import type { LabelScope } from './journal/journal-entry.ts';

/** Who does something, and when. */
export interface Author {
  readonly by: string;
  /** ms since the Unix epoch, or of virtual time in simulations. */
  readonly atMs: number;
}

/** What a label says: of this class, not of it, or no object of interest. */
export type LabelStatement =
  { readonly kind: 'class' | 'notA'; readonly class: string } | { readonly kind: 'background' };

/** What a label is about: its samples, and the cluster or track that the command named. */
export interface LabelAbout {
  readonly samples: readonly Sample[];
  readonly cluster?: string;
  readonly track?: LabelScope['track'];
}
