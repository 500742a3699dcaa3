import { availableParallelism } from 'node:os';
import {
  chooseSize,
  describeChoice,
  speedBetween,
  type DetectorSpeed,
} from '../../application/sizing/choose-size.ts';
import type { WantedRate } from '../../application/sizing/wanted-rate.ts';
import type { Config } from '../../configuration/config.ts';
import { defaultSide } from '../../configuration/fixed-detect.ts';
import type { SpeedRow } from './examine-engines.ts';
import { better, fine, type Finding } from './finding.ts';

/** Which size the measured speeds allow for the configured cameras. */
export function adviseSize(
  { size }: Pick<Config['detect'], 'size'>,
  wanted: WantedRate | null,
  rows: readonly SpeedRow[],
  cores = availableParallelism(),
): Finding | null {
  const part = 'detector size';
  if (wanted === null) {
    const side = size === 'auto' ? defaultSide : size;
    return fine(part, `${side} px: these cameras wait for the detector, or are simulated`);
  }
  // The first row is of the engine that a run takes.
  const speeds = speedsOf(rows.filter(({ engine }) => engine === rows[0]?.engine));
  if (speeds.length === 0) return null;
  const best = chooseSize(speeds, { wanted, cores });
  const cameras =
    wanted.perCamera.length === 1 ? 'your camera' : `your ${wanted.perCamera.length} cameras`;
  if (!best.holds) {
    const advice = `set fps of ${cameras} lower: frames are left out`;
    return better(part, describeChoice(best, wanted), advice);
  }
  if (size === 'auto') return fine(part, `auto takes about this: ${describeChoice(best, wanted)}`);
  const own = chooseSize(speeds, { wanted, cores, sides: [size] });
  const text = describeChoice(own, wanted);
  if (own.holds && size >= best.side) return fine(part, text);
  const why = own.holds ? 'finds smaller objects' : 'holds the rate with room for the rest';
  const advice = `set detect.size: ${best.side} for ${cameras}, or auto: it ${why}`;
  return better(part, text, advice);
}

/** The lines through the speeds of each number of threads. */
function speedsOf(rows: readonly SpeedRow[]): DetectorSpeed[] {
  const counts = [...new Set(rows.map(({ threads }) => threads))];
  return counts.flatMap((threads) => {
    const own = rows.filter((row) => row.threads === threads);
    const small = own.find(({ side }) => side === defaultSide);
    const large = own.findLast(({ side }) => side > defaultSide && side <= 512);
    return small === undefined || large === undefined ? [] : [speedBetween(threads, small, large)];
  });
}
