import type { StrategyName } from '../../../../operators/learn/strategies/strategy-registry.ts';
import { foldNames } from './table-sets.ts';

/** One run of `lifelens bench learning`. */
export interface TableRow {
  /** Set, protocol, view size unless it is the usual one, cap, strategy, seed unless it is 1. */
  readonly id: string;
  readonly set: string;
  readonly protocol: string;
  readonly size: number;
  /** Null for no cap. */
  readonly bytesMax: number | null;
  readonly strategy: StrategyName;
  /** Seed of the class order. */
  readonly seed: number;
}

/** Rows that differ in cap and strategy only. */
export interface RowGroup {
  readonly set: string;
  readonly protocol: string;
  /** Default: 320. */
  readonly size?: number;
  /** Default: one row without a cap. */
  readonly capsMiB?: readonly number[];
  readonly strategies: 'all' | 'default' | 'some';
  /** Runs after everything else, because it takes far longer. */
  readonly last?: boolean;
}

const usualSize = 320;
const usualSeeds: readonly number[] = [1];
/** Compared with the default where running all strategies would take too long. */
const compared: readonly StrategyName[] = ['ridge', 'slda', 'replay', 'finetune'];
const comparedMax = 3;

/** Strategies that keep all examples, so their result is the same under every cap. */
const ignoresCap: ReadonlySet<StrategyName> = new Set<StrategyName>(['joint']);

/** Sets of protocol `all`. */
const smallSets = ['raccoon', 'microcontrollers', 'microcontrollers-4th', 'playing-cards'];
/** Sets with objects of several classes in a picture, of which a step labels one. */
const crowdedSets = [
  { set: 'blood-cells', size: 320 },
  { set: 'dense-world', size: 512 },
];
/** Sets of the few-shot protocols; one split of each is enough. */
const fewShotSets = ['raccoon', 'microcontrollers', 'playing-cards'];

/** The full table, the most important rows first. */
export const fullTable: readonly RowGroup[] = [
  { set: 'fod-a', protocol: 'all', capsMiB: [4, 16, 1], strategies: 'all' },
  ...['10+10', '15+5', '19+1', '10+5x2', 'one-at-a-time'].map((protocol): RowGroup => {
    return { set: 'fod-a', protocol, capsMiB: [4], strategies: 'all' };
  }),
  ...smallSets.map((set): RowGroup => ({ set, protocol: 'all', strategies: 'all' })),
  ...crowdedSets.map(({ set, size }): RowGroup => {
    return { set, protocol: 'all', size, strategies: 'all' };
  }),
  { set: 'coco286', protocol: 'one-at-a-time', strategies: 'all' },
  ...smallSets.map((set): RowGroup => {
    return { set, protocol: 'all', size: 512, strategies: 'default' };
  }),
  ...['fod-a-video', 'fod-a-video-back'].map((set): RowGroup => {
    return { set, protocol: 'all', capsMiB: [4], strategies: 'all' };
  }),
  ...[320, 512].flatMap((size) =>
    foldNames.map((set): RowGroup => ({ set, protocol: 'all', size, strategies: 'default' })),
  ),
  ...fewShotSets.flatMap((set) =>
    [1, 5, 20].map((shots): RowGroup => {
      return { set, protocol: `few-shot-${shots}`, strategies: 'all' };
    }),
  ),
  { set: 'fod-a-coco286', protocol: 'base-retention', capsMiB: [4], strategies: 'all' },
  { set: 'fod-a', protocol: 'open-world', capsMiB: [4], strategies: 'all' },
  { set: 'fod-a', protocol: 'stream', capsMiB: [4], strategies: 'all' },
  { set: 'world', protocol: 'long-run-20', strategies: 'some' },
  { set: 'world', protocol: 'long-run-200', strategies: 'default', last: true },
];

/**
 * Lists rows in running order: those of the default strategy (the first of `strategies`), then
 * those of the others, each in the order of the groups and with all seeds together. Groups marked
 * `last` come after all others.
 */
export function rowsOf(
  groups: readonly RowGroup[],
  strategies: readonly StrategyName[],
  seeds: readonly number[] = usualSeeds,
): readonly TableRow[] {
  const inTurn = (last: boolean, isDefault: boolean) =>
    groups
      .filter((group) => (group.last ?? false) === last)
      .flatMap((group) => rowsOfGroup(group, strategies, seeds))
      .filter(({ strategy }) => (strategy === strategies[0]) === isDefault);
  return [false, true].flatMap((last) => [...inTurn(last, true), ...inTurn(last, false)]);
}

function rowsOfGroup(
  group: RowGroup,
  strategies: readonly StrategyName[],
  seeds: readonly number[],
): TableRow[] {
  const { set, protocol, size = usualSize, capsMiB } = group;
  return (capsMiB ?? [null]).flatMap((capMiB, place) =>
    chosen(group.strategies, strategies).flatMap((strategy): TableRow[] => {
      const uncapped = ignoresCap.has(strategy);
      if (uncapped && place > 0) return [];
      const cap = uncapped ? null : capMiB;
      const parts = [
        set,
        protocol,
        ...(size === usualSize ? [] : [`${size}px`]),
        cap === null ? 'no-cap' : `${cap}MiB`,
        strategy,
      ];
      const bytesMax = cap === null ? null : cap * 1024 ** 2;
      return seeds.map((seed) => {
        const id = [...parts, ...(seed === 1 ? [] : [`seed-${seed}`])].join('/');
        return { id, set, protocol, size, bytesMax, strategy, seed };
      });
    }),
  );
}

function chosen(
  which: RowGroup['strategies'],
  strategies: readonly StrategyName[],
): readonly StrategyName[] {
  if (which === 'all') return strategies;
  const [standard] = strategies;
  if (standard === undefined || which === 'default') return strategies.slice(0, 1);
  const others = compared.filter((name) => strategies.includes(name) && name !== standard);
  return [standard, ...others.slice(0, comparedMax)];
}

/**
 * Selects the rows that match any pattern: a whole id, or its beginning up to a `/`, with `*` for
 * any text including slashes. No patterns select every row.
 *
 * @throws {RangeError} for a pattern that matches no row.
 */
export function matchingRows(
  rows: readonly TableRow[],
  patterns: readonly string[],
): readonly TableRow[] {
  if (patterns.length === 0) return rows;
  const expressions = patterns.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[^\w/-]/g, String.raw`\$&`));
    const expression = new RegExp(`^${parts.join('.*')}(/|$)`);
    if (rows.some(({ id }) => expression.test(id))) return expression;
    throw new RangeError(`no row matches ${pattern}; --list prints all rows`);
  });
  return rows.filter(({ id }) => expressions.some((expression) => expression.test(id)));
}
