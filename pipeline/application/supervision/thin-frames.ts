import { identity, pipe, type MonoTypeOperatorFunction } from 'rxjs';
import { leaveOutStill } from '../../../operators/detect/motion/leave-out-still.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { DropReason, Pace } from '../../../operators/ingest/source.ts';
import type { Config } from '../../configuration/config.ts';
import { leaveOutForLearning } from './give-way-to-learning.ts';

export interface ThinFramesParts {
  readonly pace: Pace;
  readonly seeing: Pick<Config['detect'], 'motion' | 'minFps'>;
  /** Whether every second frame is to be left out by now. Default: never. */
  readonly givesWay?: () => boolean;
  /** Called for each frame that is left out, already released. */
  readonly onDrop: (reason: DropReason) => void;
}

/** The longest time in which frames are left out because nothing moves, in ms. */
export function stillMsOf(pace: Pace, { motion, minFps }: ThinFramesParts['seeing']): number {
  return pace === 'demand' || motion === 'off' ? 0 : 1000 / minFps;
}

/**
 * Leaves out frames of a live camera that the detector is not to see: every second one while labels
 * wait, and with `motion` those in which nothing has changed. At pace `demand` all frames pass.
 */
export function thinFrames(parts: ThinFramesParts): MonoTypeOperatorFunction<Frame> {
  const { pace, seeing, givesWay = () => false, onDrop } = parts;
  if (pace === 'demand') return identity;
  const thinned = leaveOutForLearning(givesWay, () => onDrop('learning'));
  if (seeing.motion === 'off') return thinned;
  return pipe(thinned, leaveOutStill({ minFps: seeing.minFps, onDrop: () => onDrop('still') }));
}
