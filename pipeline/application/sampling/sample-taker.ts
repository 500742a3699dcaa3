import {
  catchError,
  defer,
  EMPTY,
  filter,
  Subject,
  tap,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import type { DiscoveredFrame } from '../../../operators/discover/unknown.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { remember, type Remembered } from '../../../operators/remember/remember.ts';
import type { Sample, SampleMemory } from '../../../operators/remember/sample.ts';
import type { SampleMaker } from './sample-maker.ts';

/** Frames of one camera whose samples may be in the making at once. */
export const framesInSampling = 4;

export interface SampleTakerOptions {
  readonly maker: Pick<SampleMaker, 'make'>;
  readonly memory: SampleMemory;
  /** Called with every new sample and its frame, before it enters the memory. */
  readonly onSample?: (sample: Sample, frame: Frame) => void;
  /** Called where a sample could not be taken. */
  readonly onFailed?: (error: unknown) => void;
}

/** Takes samples of the unknowns that discovery chose, and puts them into the memory. */
export class SampleTaker {
  readonly #options: SampleTakerOptions;
  readonly #remembered = new Subject<Remembered>();
  #skipped = 0;

  constructor(options: SampleTakerOptions) {
    this.#options = options;
  }

  /** Every sample that was offered to the memory, over all cameras. */
  get remembered$(): Observable<Remembered> {
    return this.#remembered.asObservable();
  }

  /** Samples that were not taken, because too many were in the making or because it failed. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Takes the samples of a camera's frames; a frame is retained until its pixels were read. */
  take(): OperatorFunction<DiscoveredFrame, Remembered> {
    return (frames) =>
      frames.pipe(
        filter(({ toSample }) => toSample.length > 0),
        remember(this.#options.memory, (discovered) => this.#samplesOf(discovered), {
          pendingMax: framesInSampling,
          onDropped: () => this.#skipped++,
        }),
        tap((remembered) => this.#remembered.next(remembered)),
      );
  }

  #samplesOf({ frame, toSample }: DiscoveredFrame): Observable<readonly Sample[]> {
    const { maker, onSample, onFailed } = this.#options;
    return defer(() =>
      Promise.all(
        toSample.map(({ track, box, novelty, clusterId, asked }) =>
          maker.make(frame, { box, novelty, clusterId, trackId: track.id, asked }),
        ),
      ),
    ).pipe(
      tap((samples) => samples.forEach((sample) => onSample?.(sample, frame))),
      catchError((error: unknown) => {
        this.#skipped += toSample.length;
        onFailed?.(error);
        return EMPTY;
      }),
    );
  }
}
