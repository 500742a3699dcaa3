/** A fixed bound of the program, not configurable. */
export interface Limit {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What happens beyond it. */
  readonly beyond: string;
  /** The file that enforces it. */
  readonly enforcedIn: string;
}

/** Limits by the subject that they bound. */
export type LimitTable = Readonly<Record<string, readonly Limit[]>>;
