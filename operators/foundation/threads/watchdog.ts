/** When a worker counts as hung. */
export interface WatchdogOptions<Name extends string = string> {
  /**
   * Longest time without an answer to a ping, in ms. Only for a worker that comes back to its
   * event loop between the steps of its calls. Default: no ping.
   */
  readonly silentMaxMs?: number;
  /** Longest time without an answer to any call of a group while the worker has one. */
  readonly stalls?: readonly { readonly calls: readonly Name[]; readonly maxMs: number }[];
  /** Calls of known length: no stall counts while the worker has one. Default: none. */
  readonly patientWith?: readonly Name[];
  /** Time between two looks, in ms. Default: {@link watchEveryMs}. */
  readonly everyMs?: number;
}

/** What a watchdog watches. */
export interface Watched {
  /** Posts a ping, which `answered` answers. */
  readonly ping: () => void;
  /** How long the thread has waited for a processor so far, in ms; null where that is unknown. */
  readonly waitedMs: () => number | null;
  /** Called once, with the reason in words. */
  readonly onHung: (reason: Error) => void;
}

/** Time between two looks of a {@link Watchdog} by default, in ms. */
export const watchEveryMs = 1000;

interface Stall {
  readonly calls: readonly string[];
  readonly maxMs: number;
  /** Calls of the group in the worker. */
  count: number;
  ms: number;
}

/**
 * Tells a thread that hangs from one that is busy or gets no processor.
 *
 * Time counts towards a limit only while the thread has or could have a processor: what the system
 * made it wait is taken off, where it can be known. A look that comes late, because this thread or
 * the whole process stood still, counts as two intervals at most.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #watched: Watched;
  readonly #everyMs: number;
  readonly #stalls: readonly Stall[];
  readonly #timer: NodeJS.Timeout;
  /** Calls in the worker that take their time. */
  #patient = 0;
  #silentMs: number | null = null;
  #lookedMs = performance.now();
  #waitedMs: number | null;

  constructor(options: WatchdogOptions, watched: Watched) {
    this.#options = options;
    this.#watched = watched;
    this.#everyMs = options.everyMs ?? watchEveryMs;
    this.#stalls = (options.stalls ?? []).map((stall) => ({ ...stall, count: 0, ms: 0 }));
    this.#waitedMs = watched.waitedMs();
    this.#timer = setInterval(() => this.#look(), this.#everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Notes that the worker has answered a ping. */
  answered(): void {
    this.#silentMs = null;
  }

  /** Notes that the worker has got a call. */
  posted(name: string): void {
    if (this.#isPatientWith(name)) this.#patient++;
    for (const stall of this.#stalls) {
      if (!stall.calls.includes(name)) continue;
      if (stall.count === 0) stall.ms = 0;
      stall.count++;
    }
  }

  /** Notes that the worker has answered a call. */
  settled(name: string): void {
    if (this.#isPatientWith(name)) {
      this.#patient--;
      for (const stall of this.#stalls) stall.ms = 0;
    }
    for (const stall of this.#stalls) {
      if (!stall.calls.includes(name)) continue;
      stall.count--;
      stall.ms = 0;
    }
  }

  #isPatientWith(name: string): boolean {
    return this.#options.patientWith?.includes(name) ?? false;
  }

  #look(): void {
    const passedMs = this.#passedMs();
    const { silentMaxMs = Infinity } = this.#options;
    if (this.#silentMs !== null) this.#silentMs += passedMs;
    if (this.#silentMs !== null && this.#silentMs >= silentMaxMs) {
      return this.#hung(`it has answered nothing for ${seconds(this.#silentMs)} s`);
    }
    for (const stall of this.#stalls) {
      if (stall.count === 0 || this.#patient > 0) continue;
      stall.ms += passedMs;
      if (stall.ms >= stall.maxMs) {
        const calls = stall.calls.join(', ');
        return this.#hung(`no answer to ${calls} for ${seconds(stall.ms)} s`);
      }
    }
    if (this.#silentMs === null && silentMaxMs < Infinity) {
      this.#silentMs = 0;
      this.#watched.ping();
    }
  }

  /** Time since the last look, without what the thread waited for a processor, in ms. */
  #passedMs(): number {
    const nowMs = performance.now();
    const waitedMs = this.#watched.waitedMs();
    const wallMs = Math.min(nowMs - this.#lookedMs, 2 * this.#everyMs);
    const idleMs =
      waitedMs === null || this.#waitedMs === null ? 0 : Math.max(0, waitedMs - this.#waitedMs);
    this.#lookedMs = nowMs;
    this.#waitedMs = waitedMs;
    return Math.max(0, wallMs - idleMs);
  }

  #hung(reason: string): void {
    this.stop();
    this.#watched.onHung(new Error(`${reason}, so its thread was ended`));
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 1 : 0);
}
