import { availableParallelism } from 'node:os';
import { BehaviorSubject, type Observable } from 'rxjs';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import type { Source } from '../../../operators/ingest/source.ts';
import type { LifelensEvent } from '../../../sinks/events.ts';
import type { CameraConfig } from '../../configuration/config.ts';
import type { Log } from '../../log.ts';
import { candidateSides } from './choose-size.ts';
import { SizeWatch } from './size-watch.ts';

/** What the size depends on, of a camera. */
interface SizedCamera {
  readonly name: string;
  readonly config: Pick<CameraConfig, 'fps' | 'loop'>;
  readonly source: Pick<Source, 'kind' | 'endless'>;
}

export interface LiveSizeParts {
  /** How views are made where nothing was chosen. */
  readonly viewSize: ViewPlan;
  /** Threads of the detector, in all. */
  readonly threads: number;
  /** Most frames that are detected at once. */
  readonly parallel: number;
  /** What that gains, see `OpenedDetector`. */
  readonly gain: number;
  /** The side that was chosen by measurement, and may change, with its views. Null: none was. */
  readonly chosen: { readonly side: number; readonly viewsOf: (side: number) => ViewPlan } | null;
  readonly cameras: readonly SizedCamera[];
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** The size of the detector's input while cameras run: the same for all of them. */
export class LiveSize {
  readonly #viewSize: BehaviorSubject<ViewPlan>;
  readonly #chosen: LiveSizeParts['chosen'];
  readonly #watch: SizeWatch | null;
  readonly #log: LiveSizeParts['log'];

  constructor({ viewSize, chosen, cameras, log, ...detector }: LiveSizeParts) {
    this.#viewSize = new BehaviorSubject(chosen?.viewsOf(chosen.side) ?? viewSize);
    this.#chosen = chosen;
    this.#log = log;
    const fpsOf = new Map(cameras.map(({ name, config }) => [name, config.fps]));
    const cores = availableParallelism();
    // Where no camera would follow, overload is all that there is to say.
    const sides = cameras.some(followsSize) ? candidateSides : [];
    this.#watch =
      chosen === null
        ? null
        : new SizeWatch({ ...detector, sides, side: chosen.side, cores, fpsOf });
  }

  /** How the views of cameras that are opened now are made. */
  get viewSize(): ViewPlan {
    return this.#viewSize.value;
  }

  /** The same, at once and after each change. */
  get viewSizes$(): Observable<ViewPlan> {
    return this.#viewSize.asObservable();
  }

  /** Takes the events of the run: its metrics may change the size. */
  observe(event: LifelensEvent): void {
    if (event.type !== 'metrics') return;
    const advice = this.#watch?.update(event) ?? null;
    if (advice === null) return;
    if (advice.side === null) this.#log.warn(advice.line);
    else if (this.#chosen !== null) {
      this.#log.info(advice.line);
      this.#viewSize.next(this.#chosen.viewsOf(advice.side));
    }
  }
}

/**
 * Whether a camera is opened anew for a new size: live ones are, while files, folders, worlds and
 * sources of the program keep the first. A recording behind an address is endless in a loop alone.
 */
function followsSize({ source: { kind, endless }, config }: SizedCamera): boolean {
  if (kind === 'http') return endless && !config.loop;
  return kind === 'rtsp' || kind === 'webcam';
}
