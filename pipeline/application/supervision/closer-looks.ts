import { identity, type MonoTypeOperatorFunction } from 'rxjs';
import type { DetectedFrame } from '../../../operators/detect/detected-frame.ts';
import type { Detector } from '../../../operators/detect/detector.ts';
import { lookCloser, type TileOutcome } from '../../../operators/detect/tiles/look-closer.ts';
import type { Mark } from '../../../operators/detect/tiles/tile-choice.ts';
import type { Pace } from '../../../operators/ingest/source.ts';
import type { Track } from '../../../operators/track/track.ts';
import type { Config } from '../../configuration/config.ts';

export interface CloserLooksParts {
  readonly pace: Pace;
  readonly detector: Pick<Detector, 'detect' | 'describe'>;
  readonly seeing: Pick<Config['detect'], 'tiles' | 'minObjectness' | 'maxOverlap'>;
  /** Whether learning is to have the processor by now. Default: never. */
  readonly givesWay?: () => boolean;
  /** The newest frame's tracks. */
  readonly tracks: () => readonly Track[];
  readonly onTile: (outcome: TileOutcome) => void;
  readonly nowMs: () => number;
}

/** A recognised track below this score is in doubt. */
const certainScore = 0.5;

/**
 * Looks at tiles of a live camera's frames with `detect.tiles: auto`. At pace `demand` the detector
 * is never idle, and results must not depend on the machine's speed: frames pass as they are.
 */
export function closerLooks(parts: CloserLooksParts): MonoTypeOperatorFunction<DetectedFrame> {
  const { pace, detector, seeing, givesWay = () => false, tracks, onTile, nowMs } = parts;
  if (seeing.tiles === 'off' || pace === 'demand') return identity;
  const { minObjectness, maxOverlap } = seeing;
  const marks = (): readonly Mark[] => tracks().flatMap(marksOf);
  return lookCloser(detector, {
    minObjectness,
    maxOverlap,
    isBusy: givesWay,
    marks,
    onTile,
    nowMs,
  });
}

/** Why a track is worth a closer look, if it is. */
function marksOf({ box, seenBy, recognition, fragment }: Track): readonly Mark[] {
  if (seenBy === 'tile') return [{ box, kind: 'carried' }];
  const isCertain = (recognition?.score ?? 0) >= certainScore;
  return isCertain || fragment ? [] : [{ box, kind: 'doubt' }];
}
