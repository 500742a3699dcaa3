import type { LifelensEvent, Sink } from './events.ts';

/**
 * A sink that keeps every event, for tests. It takes no commands and wants no pictures.
 *
 * @example
 * import { watch } from 'lifelens';
 * import { RecordingSink } from 'lifelens/testing';
 *
 * const sink = new RecordingSink();
 * const cameras = { world: { source: 'world', pace: 'demand' } } as const;
 * const lifelens = await watch({ cameras }, { sinks: [sink], framesMax: 10 });
 * await lifelens.report;
 * console.log(sink.of('detections').length); // 10
 */
export class RecordingSink implements Sink {
  readonly name = 'recording';
  readonly dropped = 0;
  readonly #events: LifelensEvent[] = [];

  /** All events so far, in order. */
  get events(): readonly LifelensEvent[] {
    return this.#events;
  }

  /** The events of one type so far, in order. */
  of<Type extends LifelensEvent['type']>(type: Type): Extract<LifelensEvent, { type: Type }>[] {
    return this.#events.filter(
      (event): event is Extract<LifelensEvent, { type: Type }> => event.type === type,
    );
  }

  /** Keeps the event. */
  publish(event: LifelensEvent): void {
    this.#events.push(event);
  }

  /** Does nothing: the events stay. */
  async close(): Promise<void> {
    await Promise.resolve();
  }
}
