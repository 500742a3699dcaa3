import type { Strategy } from '../strategy.ts';
import { createAir } from './closed-form/air.ts';
import { createFecamTied } from './closed-form/fecam-tied.ts';
import { createFecam } from './closed-form/fecam.ts';
import { createKlda } from './closed-form/klda.ts';
import { createNcm } from './closed-form/ncm.ts';
import { createRanpac } from './closed-form/ranpac.ts';
import { createRidge, type RidgeOptions } from './closed-form/ridge.ts';
import { createSlda } from './closed-form/slda.ts';
import type { StatisticsOptions } from './closed-form/statistics-strategy.ts';
import { createTruncatedSvd } from './closed-form/truncated-svd.ts';
import type { GradientOptions } from './gradient/gradient-options.ts';
import { createEwc } from './rehearsal-free/ewc.ts';
import { createFinetune } from './rehearsal-free/finetune.ts';
import { createLwfHead } from './rehearsal-free/lwf-head.ts';
import { createMmaHead } from './rehearsal-free/mma-head.ts';
import { createFrozenRows } from './rehearsal-free/frozen-rows.ts';
import { createGradientProjection } from './rehearsal-free/gradient-projection.ts';
import { createMixedReplay } from './rehearsal/mixed-replay.ts';
import { createDer } from './rehearsal/der.ts';
import { createFalkon } from './rehearsal/falkon.ts';
import { createGdumb } from './rehearsal/gdumb.ts';
import { createJoint } from './rehearsal/joint.ts';
import { createReplay } from './rehearsal/replay.ts';
import { createRodeo } from './rehearsal/rodeo.ts';
import { hintAtRename } from './renamed-strategies.ts';
import { createTally, type TallyOptions } from './tally/tally.ts';
import { withBoxRegression } from './with-box-regression.ts';

// Spelt out, so that the declarations of this module do not lead to those of TensorFlow.js.
const names = [
  'tally',
  'ridge',
  'air',
  'ncm',
  'slda',
  'klda',
  'ranpac',
  'truncated-svd',
  'fecam',
  'fecam-tied',
  'finetune',
  'joint',
  'ewc',
  'lwf-head',
  'mma-head',
  'replay',
  'gdumb',
  'falkon',
  'mixed-replay',
  'der',
  'rodeo',
  'gradient-projection',
  'frozen-rows',
] as const;

/** Name of a learning method. */
export type StrategyName = (typeof names)[number];

/**
 * Methods for comparison alone. A head of `falkon` holds embeddings of single samples, under
 * whatever labels these had, so that erasing a class would leave some of its samples behind in
 * heads that do not know the class.
 */
const comparedOnly = ['falkon'] as const satisfies readonly StrategyName[];

/** A method that a program with stored state may learn with. */
export type LiveStrategyName = Exclude<StrategyName, (typeof comparedOnly)[number]>;

/** All methods that a program with stored state may learn with, the default first. */
export const liveStrategyNames: readonly LiveStrategyName[] = names.filter(
  (name): name is LiveStrategyName => !isComparedOnly(name),
);

function isComparedOnly(name: string): boolean {
  return comparedOnly.some((other) => other === name);
}

const factories: Record<StrategyName, (options: StrategyOptions) => Strategy> = {
  tally: createTally,
  ridge: createRidge,
  air: createAir,
  ncm: createNcm,
  slda: createSlda,
  klda: createKlda,
  ranpac: createRanpac,
  'truncated-svd': createTruncatedSvd,
  fecam: createFecam,
  'fecam-tied': createFecamTied,
  finetune: createFinetune,
  joint: createJoint,
  ewc: createEwc,
  'lwf-head': createLwfHead,
  'mma-head': createMmaHead,
  replay: createReplay,
  gdumb: createGdumb,
  falkon: createFalkon,
  'mixed-replay': createMixedReplay,
  der: createDer,
  rodeo: createRodeo,
  'gradient-projection': createGradientProjection,
  'frozen-rows': createFrozenRows,
};

/** Settings of all strategies; each reads its own. */
export type StrategyOptions = RidgeOptions & GradientOptions & StatisticsOptions & TallyOptions;

/** The strategy used if none is configured. */
export const defaultStrategy: LiveStrategyName = 'tally';

/** All learning methods, the default first. */
export const strategyNames: readonly StrategyName[] = names;

/** Says why a name is not accepted in a program with stored state; undefined for unknown ones. */
export function hintAtStrategy(name: string): string | undefined {
  if (!isComparedOnly(name)) return hintAtRename(name);
  return `${name} is for \`lifelens bench learning\` only: its heads hold embeddings of samples`;
}

/** Methods that train on the sample memory; the others keep their own state, or none. */
const replayReaders: ReadonlySet<StrategyName> = new Set<StrategyName>(['replay', 'der']);

/**
 * A strategy that has learned nothing yet, box regression included.
 *
 * @throws {BytesError} if `bytesMax` is too small for it.
 * @throws {RangeError} for a name that no method has.
 *
 * @example
 * import { createStrategy, strategyNames, type Change } from 'lifelens/strategies';
 *
 * declare const change: Change;
 * for (const name of strategyNames) {
 *   const { classes } = await createStrategy(name, { seed: 1 }).update(change);
 *   console.log(name, classes);
 * }
 */
export function createStrategy(name: StrategyName, options: StrategyOptions = {}): Strategy {
  const create = findFactory(name);
  return withBoxRegression(options, (bound) => create({ ...options, ...bound }));
}

function findFactory(name: string): (options: StrategyOptions) => Strategy {
  if (Object.hasOwn(factories, name)) return factories[name as StrategyName];
  const expected = hintAtRename(name) ?? `expected one of ${names.join(', ')}`;
  throw new RangeError(`there is no strategy ${name}: ${expected}`);
}

/** True if the strategy calls `change.replay()`. */
export function readsReplay(name: StrategyName): boolean {
  return replayReaders.has(name);
}
