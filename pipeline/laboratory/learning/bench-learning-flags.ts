import type { ConfigFlags, SeeingFlags } from '../../configuration/config-flags.ts';

/** The flags of `lifelens bench learning`. */
export interface BenchLearningFlags extends SeeingFlags, Pick<ConfigFlags, 'seed' | 'logLevel'> {
  /** Specification of the labelled set to learn from. */
  readonly train: string;
  /** Specification of the labelled set to evaluate on. */
  readonly test: string;
  /** Leaves out broken pictures. Default false: they are an error. */
  readonly skipBroken?: boolean;
  readonly protocol: string;
  /** A strategy, an ablation of one, or `default`. */
  readonly strategy: string;
  /** Cap in bytes on samples and strategy state together. */
  readonly memory?: number;
  /** Folder for cached backbone outputs. */
  readonly cache?: string;
  /** Most images used of each set, spread evenly over it. */
  readonly images?: number;
  /** Most evaluations during the protocol; default {@link defaultCheckpoints}. */
  readonly checkpoints?: number;
  /** File for the outcomes of every test picture after the last step. */
  readonly outcomes?: string;
  /** File for the JSON report; `-` is standard output. */
  readonly report?: string;
}

/** Evaluations during a protocol unless `--checkpoints` sets another number. */
export const defaultCheckpoints = 8;
