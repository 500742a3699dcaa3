import type { ConfigFlags } from './config-flags.ts';

/** The flags of `lifelens run`; an absent one leaves the value to the configuration file. */
export interface RunFlags extends Omit<ConfigFlags, 'strategy' | 'dashboard'> {
  readonly dashboard: boolean;
  /** Stops after this many captured frames, over all cameras. */
  readonly frames?: number;
  /** Stops after this many seconds. */
  readonly seconds?: number;
  /** File for one JSON line per detected frame. */
  readonly detections?: string;
  /** File for the JSON report; `-` is standard output. */
  readonly report?: string;
  /** Measures the bare engine on the same frames at the end. */
  readonly compareEngine?: boolean;
}
