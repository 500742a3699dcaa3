import type { LifelensEvent } from '../events.ts';
import { EVENT_TYPES, type Subscription } from '../protocol.ts';

/** Pictures per second and camera for a client that does not say how many it wants. */
const MAX_FPS_DEFAULT = 15;

/** What one client wants to receive: everything but pictures until it says otherwise. */
export class ClientSubscription {
  #types: ReadonlySet<string> = new Set(EVENT_TYPES);
  #cameras: ReadonlySet<string> | null = null;
  #pictures = false;
  #maxFps = MAX_FPS_DEFAULT;
  readonly #pictureDueMs = new Map<string, number>();

  /** `subscribe` sets the fields it names; `unsubscribe` takes away what it names, or everything. */
  change(change: Subscription): void {
    if (change.command === 'subscribe') {
      if (change.types !== undefined) this.#types = new Set(change.types);
      if (change.cameras !== undefined) this.#cameras = new Set(change.cameras);
      if (change.pictures !== undefined) this.#pictures = change.pictures;
      if (change.maxFps !== undefined) this.#maxFps = change.maxFps;
      this.#pictureDueMs.clear();
      return;
    }
    const everything = change.types === undefined && change.pictures === undefined;
    const gone = new Set<string>(everything ? EVENT_TYPES : change.types);
    this.#types = new Set([...this.#types].filter((type) => !gone.has(type)));
    if (everything || change.pictures === true) this.#pictures = false;
  }

  wants(event: LifelensEvent): boolean {
    if (!this.#types.has(event.type)) return false;
    // Cameras narrow what comes with every frame; an unknown of another camera may still want a name.
    return event.type !== 'detections' || this.#sees(event.camera);
  }

  /** Whether a picture of `camera` is wanted and due at `nowMs`. */
  wantsPicture(camera: string, nowMs: number): boolean {
    if (!this.#pictures || !this.#sees(camera)) return false;
    return nowMs >= (this.#pictureDueMs.get(camera) ?? -Infinity);
  }

  /** Notes that a picture of `camera` went out at `nowMs`. */
  tookPicture(camera: string, nowMs: number): void {
    const periodMs = 1000 / this.#maxFps;
    const dueMs = this.#pictureDueMs.get(camera) ?? nowMs;
    // Counting from when it was due, not from now, keeps the mean rate at maxFps;
    // a client that was away for long does not get the missed ones at once.
    this.#pictureDueMs.set(camera, Math.max(dueMs, nowMs - periodMs / 2) + periodMs);
  }

  #sees(camera: string): boolean {
    return this.#cameras === null || this.#cameras.has(camera);
  }
}
