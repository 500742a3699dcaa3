import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  CameraMessage,
  LifelensEvent,
  MetricsMessage,
  ModelMessage,
  SampleMessage,
} from '../events.ts';
import { encodeBody } from '../protocol.ts';
import { webSocketLimits } from './websocket-limits.ts';

/** An event that a client receives on connecting, and its JSON. */
export interface PastEvent {
  readonly event: LifelensEvent;
  readonly body: string;
}

/** The present state as a client receives it on connecting. */
export class PastState {
  readonly #models: ModelMessage[] = [];
  readonly #cameras = new Map<string, CameraMessage>();
  #metrics: MetricsMessage | null = null;
  /** For each preparation under way: the samples that changed meanwhile, by id. */
  readonly #changed = new Set<Map<string, SampleMessage>>();

  /** Keeps what a later client needs to know of the event. */
  remember(event: LifelensEvent): void {
    switch (event.type) {
      case 'detections':
        return;
      case 'metrics':
        this.#metrics = event;
        return;
      case 'model':
        this.#models.push(event);
        if (this.#models.length > webSocketLimits.modelEventsSent) this.#models.shift();
        return;
      case 'camera':
        this.#rememberCamera(event);
        return;
      case 'sample':
        for (const changed of this.#changed) changed.set(event.sampleId, event);
    }
  }

  /**
   * Calls `deliver` with the state, in the turn in which it is complete. `samples` are the
   * unlabelled ones, newest first, and are taken as far as they fit.
   *
   * A sample costs its encoding, so they are prepared a few per turn of the event loop, and those
   * that change meanwhile are exchanged.
   */
  async prepare(
    samples: Iterable<SampleMessage>,
    deliver: (past: readonly PastEvent[]) => void,
  ): Promise<void> {
    const { samplesSent, sampleBytesSent, samplesPerTurn } = webSocketLimits;
    const changed = new Map<string, SampleMessage>();
    this.#changed.add(changed);
    try {
      const prepared: (PastEvent & { readonly id: string })[] = [];
      let bytes = 0;
      for (const event of samples) {
        bytes += event.thumbnail.length + 512;
        if (prepared.length >= samplesSent || bytes > sampleBytesSent) break;
        prepared.push({ event, id: event.sampleId, body: encodeBody(event) });
        if (prepared.length % samplesPerTurn === 0) await nextTurn();
      }
      const kept = prepared.reverse().filter(({ id }) => !changed.has(id));
      const newer = [...changed.values()].filter(({ label }) => label === null);
      deliver([...this.#others(), ...kept, ...newer.map(encoded)]);
    } finally {
      this.#changed.delete(changed);
    }
  }

  #others(): readonly PastEvent[] {
    const metrics = this.#metrics === null ? [] : [this.#metrics];
    return [...this.#cameras.values(), ...this.#models, ...metrics].map(encoded);
  }

  #rememberCamera(event: CameraMessage): void {
    this.#cameras.set(event.camera, event);
    for (const oldest of this.#cameras.keys()) {
      if (this.#cameras.size <= webSocketLimits.camerasKept) return;
      this.#cameras.delete(oldest);
    }
  }
}

function encoded(event: LifelensEvent): PastEvent {
  return { event, body: encodeBody(event) };
}
