import type { Strategy } from '../strategy.ts';
import { createDer } from './rehearsal/der.ts';
import { createEwc } from './rehearsal-free/ewc.ts';
import { createAbr } from './rehearsal/abr.ts';
import { createFecam } from './closed-form/fecam.ts';
import { createFinetune } from './rehearsal-free/finetune.ts';
import { createGdumb } from './rehearsal/gdumb.ts';
import type { GradientOptions } from './gradient/gradient-options.ts';
import { createJoint } from './rehearsal/joint.ts';
import { createLwf } from './rehearsal-free/lwf.ts';
import { createMma } from './rehearsal-free/mma.ts';
import { createMultiIod } from './rehearsal-free/multi-iod.ts';
import { createNcm } from './closed-form/ncm.ts';
import { createNsgpRepre } from './rehearsal-free/nsgp-repre.ts';
import { createRanpac } from './closed-form/ranpac.ts';
import { createReplay } from './rehearsal/replay.ts';
import { RidgeStrategy, type RidgeOptions } from './closed-form/ridge.ts';
import { createRodeo } from './rehearsal/rodeo.ts';
import { createSlda } from './closed-form/slda.ts';
import type { StatisticsOptions } from './closed-form/statistics-strategy.ts';
import { TallyStrategy, type TallyOptions } from './tally/tally.ts';
import { WithBoxes } from './with-box-regression.ts';

const strategies = {
  tally: (options: StrategyOptions): Strategy => new TallyStrategy(options),
  ridge: (options: StrategyOptions): Strategy => new RidgeStrategy(options),
  ncm: (options: StrategyOptions): Strategy => createNcm(options),
  slda: (options: StrategyOptions): Strategy => createSlda(options),
  ranpac: (options: StrategyOptions): Strategy => createRanpac(options),
  fecam: (options: StrategyOptions): Strategy => createFecam(options),
  finetune: (options: StrategyOptions): Strategy => createFinetune(options),
  joint: (options: StrategyOptions): Strategy => createJoint(options),
  ewc: (options: StrategyOptions): Strategy => createEwc(options),
  lwf: (options: StrategyOptions): Strategy => createLwf(options),
  mma: (options: StrategyOptions): Strategy => createMma(options),
  replay: (options: StrategyOptions): Strategy => createReplay(options),
  gdumb: (options: StrategyOptions): Strategy => createGdumb(options),
  abr: (options: StrategyOptions): Strategy => createAbr(options),
  der: (options: StrategyOptions): Strategy => createDer(options),
  rodeo: (options: StrategyOptions): Strategy => createRodeo(options),
  'nsgp-repre': (options: StrategyOptions): Strategy => createNsgpRepre(options),
  'multi-iod': (options: StrategyOptions): Strategy => createMultiIod(options),
};

/** Settings of all strategies; each reads its own. */
export type StrategyOptions = RidgeOptions & GradientOptions & StatisticsOptions & TallyOptions;

/** Name of a learning method. */
export type StrategyName = keyof typeof strategies;

/** What is learned with unless told otherwise. */
export const defaultStrategy: StrategyName = 'tally';

/** Every learning method there is, the default first. */
export const strategyNames = Object.keys(strategies) as readonly StrategyName[];

/** The methods that train on the sample memory; the others keep what they need themselves, or nothing. */
const replayReaders: ReadonlySet<StrategyName> = new Set<StrategyName>(['replay', 'der']);

/**
 * A strategy that has learned nothing yet.
 *
 * @throws {BytesError} where `bytesMax` is too few for it.
 */
export function createStrategy(name: StrategyName, options: StrategyOptions = {}): Strategy {
  return WithBoxes.within(options.bytesMax, (bound) => strategies[name]({ ...options, ...bound }));
}

/** Whether the strategy reads `change.replay()`. */
export function readsReplay(name: StrategyName): boolean {
  return replayReaders.has(name);
}
