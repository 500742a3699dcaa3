import { availableParallelism } from 'node:os';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { LifelensEvent } from '../../../sinks/events.ts';
import type { CameraConfig } from '../../configuration/config.ts';
import type { Log } from '../../log.ts';
import { candidateSides } from './choose-size.ts';
import { SizeWatch } from './size-watch.ts';

export interface LiveSizeParts {
  /** The side that the run starts with, in pixels. */
  readonly side: number;
  readonly threads: number;
  /** Whether the side was chosen by measurement, and may change. */
  readonly isChosen: boolean;
  readonly cameras: readonly { readonly name: string; readonly config: CameraConfig }[];
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** The size of the detector's input while cameras run: the same for all of them. */
export class LiveSize {
  readonly #side: BehaviorSubject<number>;
  readonly #watch: SizeWatch | null;
  readonly #log: LiveSizeParts['log'];

  constructor({ side, threads, isChosen, cameras, log }: LiveSizeParts) {
    this.#side = new BehaviorSubject(side);
    this.#log = log;
    const fpsOf = new Map(cameras.map(({ name, config }) => [name, config.fps]));
    const cores = availableParallelism();
    this.#watch = isChosen
      ? new SizeWatch({ sides: candidateSides, side, threads, cores, fpsOf })
      : null;
  }

  /** In pixels. */
  get side(): number {
    return this.#side.value;
  }

  /** The side, at once and after each change. */
  get sides$(): Observable<number> {
    return this.#side.asObservable();
  }

  /** Takes the events of the run: its metrics may change the size. */
  observe(event: LifelensEvent): void {
    if (event.type !== 'metrics') return;
    const advice = this.#watch?.update(event) ?? null;
    if (advice === null) return;
    if (advice.side === null) this.#log.warn(advice.line);
    else {
      this.#log.info(advice.line);
      this.#side.next(advice.side);
    }
  }
}
