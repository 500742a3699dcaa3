import { systemClock, type Clock } from '../../operators/foundation/time/clock.ts';
import { FrameScheduler } from '../../operators/foundation/time/virtual-time.ts';
import type { Source } from '../../operators/ingest/source.ts';
import type { CameraConfig } from '../configuration/config.ts';

/** How time passes for the graph: all that distinguishes a live run from a lockstep one. */
export interface Pacing {
  readonly clock: Clock;
  /** Whether frames pass the graph one at a time, and wait for everything that they lead to. */
  readonly inStep: boolean;
  /** Moves the clock to the time of a processed frame. A live clock moves by itself. */
  readonly advance: (timestampMs: number) => void;
}

/** Frames never wait, and time is the machine's. */
export const livePacing: Pacing = { clock: systemClock, inStep: false, advance: () => undefined };

/** Frames go in lockstep, and time is theirs: the same frames give the same events. */
export function lockstepPacing(): Pacing {
  const scheduler = new FrameScheduler();
  const clock: Clock = {
    // Durations are measured, so they are real in lockstep too.
    nowMs: () => systemClock.nowMs(),
    wallMs: () => scheduler.now(),
    scheduler,
  };
  return { clock, inStep: true, advance: (timestampMs) => scheduler.advance(timestampMs) };
}

/** Lockstep for one simulated camera that runs as fast as it can, live for everything else. */
export function choosePacing(
  cameras: readonly { readonly source: Source; readonly config: CameraConfig }[],
): Pacing {
  const simulated = cameras.every(
    ({ source, config }) => source.kind === 'world' && config.pace === 'demand',
  );
  return simulated && cameras.length === 1 ? lockstepPacing() : livePacing;
}
