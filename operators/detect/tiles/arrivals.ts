import { Forecast } from './forecast.ts';

/** Gaps between frames that a stream must have had before the next one is forecast. */
const gapsMin = 4;
/** A stream whose frame is late by this many usual gaps is away: paused, lost or still. */
const awayAfterGaps = 3;
/** The same for a stream whose gap is not known yet, in ms. */
const awayAfterMs = 10_000;

interface Stream {
  lastMs: number;
  readonly gapMs: Forecast;
}

/** When the streams of a detector will have their next frames for it, from when they had them. */
export class Arrivals {
  readonly #streams = new Map<object, Stream>();

  /** Notes that a stream has a frame now. */
  note(stream: object, nowMs: number): void {
    const known = this.#streams.get(stream);
    if (known === undefined) {
      this.#streams.set(stream, { lastMs: nowMs, gapMs: new Forecast() });
      return;
    }
    known.gapMs.add(nowMs - known.lastMs);
    known.lastMs = nowMs;
  }

  /** Forgets a stream. */
  leave(stream: object): void {
    this.#streams.delete(stream);
  }

  /** Time until which no frame is expected, in ms; `nowMs` where one may come at any time. */
  quietUntilMs(nowMs: number): number {
    let quietUntilMs = Infinity;
    for (const { lastMs, gapMs } of this.#streams.values()) {
      const isKnown = gapMs.count >= gapsMin;
      const awayMs = isKnown ? (1 + awayAfterGaps) * gapMs.usual : awayAfterMs;
      if (nowMs - lastMs > awayMs) continue;
      const dueMs = isKnown ? lastMs + gapMs.shortest : nowMs;
      quietUntilMs = Math.min(quietUntilMs, Math.max(nowMs, dueMs));
    }
    return quietUntilMs;
  }
}
