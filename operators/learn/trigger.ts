/** When an update starts. */
export interface TriggerOptions {
  /** New labels that start an update at once. At least 1. Default: 4. */
  readonly minLabels?: number;
  /** Age at which a single new label starts one, in ms. At least 0. Default: 1000. */
  readonly maxWaitMs?: number;
  /** Least time from the start of one update to the next, in ms. At least 0. Default: 500. */
  readonly coolDownMs?: number;
}

/** Defaults of {@link TriggerOptions}. */
export const triggerDefaults = { minLabels: 4, maxWaitMs: 1000, coolDownMs: 500 } as const;

/** Why an update starts: enough labels, the age of the oldest one, or grown background. */
export type LearnReason = 'labels' | 'age' | 'drift';

/**
 * Decides when an update is due: with enough new labels, with one that has waited long enough, or
 * with a drift signal, but never within the cool-down. Has no clock: the time is an argument of
 * every call and must not go back.
 */
export class LearnTrigger {
  readonly #minLabels: number;
  readonly #maxWaitMs: number;
  readonly #coolDownMs: number;
  #labels = 0;
  #oldestMs = 0;
  #drifted = false;
  #startedMs = -Infinity;

  constructor(options: TriggerOptions = {}) {
    const { minLabels, maxWaitMs, coolDownMs } = { ...triggerDefaults, ...options };
    this.#minLabels = minLabels;
    this.#maxWaitMs = maxWaitMs;
    this.#coolDownMs = coolDownMs;
  }

  /** Labels that no update has included yet. */
  get waiting(): number {
    return this.#labels;
  }

  /** Counts new labels; an undo counts as one. */
  label(atMs: number, count = 1): void {
    if (this.#labels === 0) this.#oldestMs = atMs;
    this.#labels += count;
  }

  /** Requests an update without labels. */
  drift(): void {
    this.#drifted = true;
  }

  /** When the next update is due if nothing else happens, in ms; Infinity when none is. */
  get dueMs(): number {
    if (this.#reason(Infinity) === null) return Infinity;
    const soon = this.#drifted || this.#labels >= this.#minLabels;
    const wantedMs = soon ? -Infinity : this.#oldestMs + this.#maxWaitMs;
    return Math.max(wantedMs, this.#startedMs + this.#coolDownMs);
  }

  /** Starts an update if one is due and returns the reason; returns null otherwise. */
  take(atMs: number): LearnReason | null {
    if (atMs < this.dueMs) return null;
    const reason = this.#reason(atMs);
    this.#labels = 0;
    this.#drifted = false;
    this.#startedMs = atMs;
    return reason;
  }

  #reason(atMs: number): LearnReason | null {
    if (this.#labels >= this.#minLabels) return 'labels';
    if (this.#drifted) return 'drift';
    return this.#labels > 0 && atMs >= this.#oldestMs + this.#maxWaitMs ? 'age' : null;
  }
}
