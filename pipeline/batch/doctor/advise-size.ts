import { availableParallelism } from 'node:os';
import {
  chooseSize,
  describeChoice,
  speedBetween,
  type ChooseSizeOptions,
  type DetectorSpeed,
  type SizeChoice,
} from '../../application/sizing/choose-size.ts';
import type { WantedRate } from '../../application/sizing/wanted-rate.ts';
import type { Config } from '../../configuration/config.ts';
import { defaultViewSize } from '../../../operators/detect/engines/engine-models.ts';
import type { SpeedRow } from './examine-engines.ts';
import { better, fine, type Finding } from './finding.ts';

const part = 'detector size';

/** Which size the measured speeds allow for the configured cameras. */
export function adviseSize(
  { size, workers }: Pick<Config['detect'], 'size' | 'workers'>,
  wanted: WantedRate | null,
  rows: readonly SpeedRow[],
  cores = availableParallelism(),
): Finding {
  if (wanted === null) {
    const side = size === 'auto' ? defaultViewSize : size;
    return fine(part, `${side} px: these cameras wait for the detector, or are simulated`);
  }
  // The first row is of the engine that a run takes.
  const all = rows.filter(({ engine }) => engine === rows[0]?.engine);
  // With a size that is given a run has one worker; what several bring was timed as well.
  const isOne = size !== 'auto' && workers === 'auto';
  const own = isOne ? all.filter((row) => row.workers === 1) : all;
  const best = chosenOf(speedsOf(own, null), { wanted, cores });
  if (best === null) {
    const advice = 'try again while the machine is idle, or set fps of the cameras lower';
    return better(part, 'not measured: too slow', advice);
  }
  if (size !== 'auto') {
    const configured = chosenOf(speedsOf(own, size), { wanted, cores, sides: [size] });
    const several = all.find((row) => !own.includes(row));
    const speeds = several === undefined ? [] : speedsOf([several], size);
    const pooled = chosenOf(speeds, { wanted, cores, sides: [size] });
    const more = pooled === null ? null : { ...pooled, workers: several!.workers };
    return adviseFixed(configured!, best, more, wanted);
  }
  const text = describeChoice(best, wanted);
  if (best.holds) return fine(part, `auto takes about this: ${text}`);
  return better(part, text, `set fps of ${inWords(wanted)} lower: frames are left out`);
}

/** Less time of a frame than this share of it counts as a gain of several workers. */
const gainMax = 0.85;

/**
 * About a size that is configured, next to the best one that `auto` could take, and to the same
 * size on several workers.
 */
function adviseFixed(
  configured: SizeChoice,
  best: SizeChoice,
  several: (SizeChoice & { readonly workers: number }) | null,
  wanted: WantedRate,
): Finding {
  const text = describeChoice(configured, wanted);
  const isLarger = best.holds && best.side > configured.side;
  if (configured.holds && !isLarger) return fine(part, text);
  const cameras = inWords(wanted);
  if (!configured.holds && several?.holds === true) {
    const { workers, threads, ms } = several;
    const then = `${ms.toFixed(ms < 10 ? 1 : 0)} ms a frame then, on ${threads} threads`;
    const why = `the detector takes ${then}, and holds the rate`;
    return better(part, text, `set detect.workers: ${workers} for ${cameras}: ${why}`);
  }
  if (!configured.holds && !best.holds) {
    const smaller = best.side < configured.side ? `, and detect.size: ${best.side}` : '';
    const isGain = several !== null && several.ms < gainMax * configured.ms;
    const more = isGain ? `, and detect.workers: ${several.workers}` : '';
    return better(part, text, `set fps of ${cameras} lower${smaller}${more}: frames are left out`);
  }
  const why = configured.holds ? 'finds smaller objects' : 'holds the rate with room for the rest';
  return better(part, text, `set detect.size: ${best.side} for ${cameras}, or auto: it ${why}`);
}

function inWords({ perCamera }: WantedRate): string {
  return perCamera.length === 1 ? 'your camera' : `your ${perCamera.length} cameras`;
}

function chosenOf(speeds: readonly DetectorSpeed[], options: ChooseSizeOptions): SizeChoice | null {
  return speeds.length === 0 ? null : chooseSize(speeds, options);
}

/** The speed on each number of threads: at `side` the measured time, where there is one. */
function speedsOf(rows: readonly SpeedRow[], side: number | null): DetectorSpeed[] {
  const counts = [...new Set(rows.map(({ threads }) => threads))];
  return counts.flatMap((threads) => {
    const own = rows.filter((row) => row.threads === threads);
    const exact = own.find((row) => row.side === side);
    if (exact !== undefined) return [{ threads, baseMs: exact.ms, msPerPixel: 0 }];
    const small = own.find((row) => row.side === defaultViewSize);
    const large = own.findLast((row) => row.side <= 512);
    if (large === undefined) return [];
    if (small !== undefined && small.side < large.side)
      return [speedBetween(threads, small, large)];
    // Of one size alone, time grows with pixels.
    return [{ threads, baseMs: 0, msPerPixel: large.ms / large.side ** 2 }];
  });
}
