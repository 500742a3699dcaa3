import type { CameraMessage, LifelensEvent, ModelMessage, Sink } from '../../sinks/events.ts';
import type { Log } from '../log.ts';

const modelLevels = {
  learning: 'info',
  swapped: 'info',
  refused: 'warn',
  'rolled-back': 'info',
  failed: 'error',
} as const satisfies Record<ModelMessage['event'], string>;

/** A camera that failed for good is logged as an error by the graph; here it is a detail. */
const cameraLevels = {
  starting: 'info',
  running: 'info',
  lost: 'warn',
  paused: 'info',
  ended: 'info',
  failed: 'debug',
} as const satisfies Record<CameraMessage['state'], string>;

/** Writes what happens to cameras and to the model into the program's log. */
export class LogSink implements Sink {
  readonly name = 'log';
  readonly dropped = 0;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  publish(event: LifelensEvent): void {
    if (event.type === 'camera') {
      const { camera, state, detail } = event;
      this.#log[cameraLevels[state]]({ camera }, `${state}: ${detail}`);
    }
    if (event.type === 'model') {
      const { detail, labelToLiveMs } = event;
      const took =
        labelToLiveMs === undefined ? '' : ` (label to live ${Math.round(labelToLiveMs)} ms)`;
      this.#log[modelLevels[event.event]](`${detail}${took}`);
    }
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}
