import type { LifelensEvent } from '../events.ts';
import { eventTypes, type Subscription } from '../protocol.ts';
import { webSocketLimits } from './websocket-limits.ts';

/** The events and pictures one client receives: at first all events and no pictures. */
export class ClientSubscription {
  #types: ReadonlySet<string> = new Set(eventTypes);
  #cameras: ReadonlySet<string> | null = null;
  #pictures = false;
  #maxFps: number = webSocketLimits.picturesPerSecond;
  readonly #pictureDueMs = new Map<string, number>();

  /** `subscribe` sets the given fields; `unsubscribe` removes the given fields, or all. */
  change(change: Subscription): void {
    if (change.command === 'subscribe') {
      if (change.types !== undefined) this.#types = new Set(change.types);
      if (change.cameras !== undefined) this.#cameras = new Set(change.cameras);
      if (change.pictures !== undefined) this.#pictures = change.pictures;
      if (change.maxFps !== undefined) this.#maxFps = change.maxFps;
      this.#pictureDueMs.clear();
      return;
    }
    const removesAll = change.types === undefined && change.pictures === undefined;
    const removed = new Set<string>(removesAll ? eventTypes : change.types);
    this.#types = new Set([...this.#types].filter((type) => !removed.has(type)));
    if (removesAll || change.pictures === true) this.#pictures = false;
  }

  wants(event: LifelensEvent): boolean {
    if (!this.#types.has(event.type)) return false;
    // Cameras narrow the per-frame messages only: samples of other cameras may need a label too.
    return event.type !== 'detections' || this.#includes(event.camera);
  }

  /** Whether a picture of `camera` is wanted and due at `nowMs`. */
  wantsPicture(camera: string, nowMs: number): boolean {
    if (!this.#pictures || !this.#includes(camera)) return false;
    return nowMs >= (this.#pictureDueMs.get(camera) ?? -Infinity);
  }

  /** Schedules the next picture of `camera` after one was sent at `nowMs`. */
  pictureSent(camera: string, nowMs: number): void {
    const periodMs = 1000 / this.#maxFps;
    const dueMs = this.#pictureDueMs.get(camera) ?? nowMs;
    // Counting from the due time, not from now, keeps the mean rate at maxFps; the lower bound
    // keeps a long pause from being followed by a burst.
    this.#pictureDueMs.set(camera, Math.max(dueMs, nowMs - periodMs / 2) + periodMs);
  }

  #includes(camera: string): boolean {
    return this.#cameras === null || this.#cameras.has(camera);
  }
}
