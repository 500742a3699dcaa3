import type { Observable } from 'rxjs';
import { StallLimit, type SilenceLimits } from '../../../operators/ingest/ffmpeg/stall-limit.ts';
import { RateMeter } from '../../../operators/measure/rate-meter.ts';
import type { CameraMetrics } from '../../../sinks/events.ts';
import type { HealthPart } from '../../../sinks/health.ts';
import type { CameraEvent } from '../camera-event.ts';

export interface CameraHealthParts {
  readonly name: string;
  readonly events$: Observable<CameraEvent>;
  /** A running camera that is silent for longer is stale. */
  readonly limits: SilenceLimits;
  /** Monotonic time in ms. */
  readonly nowMs: () => number;
}

/** Follows the events of a camera, and says how it does. */
export class CameraHealth {
  readonly #parts: CameraHealthParts;
  readonly #rate = new RateMeter();
  readonly #limit: StallLimit;
  #state: CameraMetrics['state'] = 'starting';
  #detail = '';
  #sinceMs: number;
  #lastFrameMs: number | null = null;

  constructor(parts: CameraHealthParts) {
    this.#parts = parts;
    this.#limit = new StallLimit(parts.limits);
    this.#sinceMs = parts.nowMs();
    // Completes with the camera, and never errors.
    parts.events$.subscribe({
      next: (event) => this.#note(event),
      error: () => undefined,
    });
  }

  /** Ok: it delivers, is paused, or has delivered all it had. */
  get part(): HealthPart {
    const { name } = this.#parts;
    return { kind: 'camera', name, ...this.#judge() };
  }

  #note(event: CameraEvent): void {
    const nowMs = this.#parts.nowMs();
    if (event.type === 'captured') {
      this.#lastFrameMs = nowMs;
      this.#rate.add(nowMs);
      this.#limit.delivered(nowMs);
    }
    if (event.type === 'unchanged') this.#lastFrameMs = nowMs;
    if (event.type !== 'state') return;
    this.#limit.interrupted();
    this.#state = event.state;
    this.#detail = event.detail;
    this.#sinceMs = nowMs;
  }

  #judge(): Pick<HealthPart, 'ok' | 'detail'> {
    const nowMs = this.#parts.nowMs();
    const state = this.#state;
    const sinceMs = nowMs - this.#sinceMs;
    const forSeconds = `for ${Math.round(sinceMs / 1000)} s`;
    switch (state) {
      case 'running': {
        const silentMs = Math.min(sinceMs, nowMs - (this.#lastFrameMs ?? -Infinity));
        if (silentMs > this.#limit.limitMs) {
          return { ok: false, detail: `stale: no frame for ${Math.round(silentMs / 1000)} s` };
        }
        return { ok: true, detail: `running, ${this.#rate.rate(nowMs).toFixed(1)} fps` };
      }
      case 'paused':
      case 'ended':
        return { ok: true, detail: `${state} ${forSeconds}` };
      case 'starting':
        return { ok: false, detail: `starting ${forSeconds}` };
      case 'lost':
      case 'failed':
        return { ok: false, detail: `${state} ${forSeconds}: ${this.#detail}` };
    }
  }
}
