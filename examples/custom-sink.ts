// Counts the detections per class in a sink of its own, and pauses nothing: sinks never block.
import { parseArgs } from 'node:util';
import { watch, type LifelensEvent } from 'lifelens';
import type { Sink } from 'lifelens/sinks';

const { values } = parseArgs({ options: { frames: { type: 'string', default: '60' } } });

class CountingSink implements Sink {
  readonly name = 'counting';
  readonly dropped = 0;
  readonly #perClass = new Map<string, number>();
  #frames = 0;

  /** Called with every event. Must return soon and never throw. */
  publish(event: LifelensEvent): void {
    if (event.type !== 'detections') return;
    this.#frames++;
    for (const { class: name } of event.detections) {
      this.#perClass.set(name, (this.#perClass.get(name) ?? 0) + 1);
    }
  }

  /** Called once, at the end. */
  async close(): Promise<void> {
    const counts = [...this.#perClass].map(([name, count]) => `${name} ${count}`);
    console.log(`${this.#frames} frames: ${counts.join(', ') || 'nothing detected'}`);
  }
}

const lifelens = await watch(
  {
    cameras: { world: { source: 'world', pace: 'demand' } },
    dashboard: { enabled: false },
    log: { level: 'warn' },
  },
  { sinks: [new CountingSink()], framesMax: Number(values.frames) },
);
await lifelens.report;
