import type { Box } from '../../foundation/geometry/box.ts';
import { DatasetError } from '../dataset-error.ts';
import type { LineKind } from '../spec-options.ts';
import { areShares, badLine, type LabelLine } from './label-lines.ts';
import {
  detectReading,
  type LineReading,
  orientedReading,
  outlineReading,
  poseReading,
  scoredOutlineReading,
} from './line-readings.ts';

/** What is known about the lines of a set besides the lines. */
export interface LineHints {
  /** The kind that the user or the description of the set names. */
  readonly kind: LineKind | null;
  /** Number of keypoints and of values of each. */
  readonly keypoints: readonly [number, 2 | 3] | null;
}

/** How all lines of a set are read. */
export interface DecidedReading {
  readonly reading: LineReading;
  /** A warning where the lines are neither plain boxes, plain outlines nor as declared. */
  readonly warning: string | null;
}

/** Share of the lines that must look like objects under a reading for it to be likely. */
const likelyShare = 0.95;
/** Boxes of two readings are equal up to this share of the picture. */
const equalShares = 1e-6;

/**
 * Decides how the lines of a set are read: one way that fits every line. `kpt_shape` and a named
 * kind decide; else all ways are tried. Where several fit and give other boxes, the only likely one
 * holds.
 *
 * @param folder The set, for messages.
 * @throws DatasetError where no way fits all lines, or where several are likely.
 */
export function decideReading(
  lines: readonly LabelLine[],
  { kind, keypoints }: LineHints,
  folder: string,
): DecidedReading {
  const lengths = new Set(lines.map(({ values }) => values.length));
  const declared = kind !== null || keypoints !== null;
  const candidates = declared ? declaredReadings(kind, keypoints, lengths) : openReadings(lengths);
  if (candidates.length === 0) {
    throw new DatasetError(
      'bad-file',
      folder,
      'expected boxes with the same number of keypoints in every line of the labels',
    );
  }
  const fitting = candidates.filter((one) => lines.every(({ values }) => fits(one, values)));
  const [first, ...others] = fitting;
  if (first === undefined) throw firstMisfit(lines, candidates);
  const differs = others.some((other) => firstDifference(lines, first, other) !== undefined);
  const reading = differs ? onlyLikely(lines, fitting, folder) : first;
  return { reading, warning: declared ? null : warningOf(reading, lines) };
}

/** What to tell of a reading that the lines alone have decided; null for plain boxes and outlines. */
function warningOf(reading: LineReading, lines: readonly LabelLine[]): string | null {
  const isBox = ({ values }: LabelLine): boolean => values.length === 4;
  const other = lines.find((line) => !isBox(line));
  if (other === undefined) return null;
  const where = `${other.path} line ${other.line}`;
  const advice = 'else: #lines=detect, segment, pose or obb after the set';
  if (reading === orientedReading) return null;
  if (reading !== outlineReading) {
    return `labels are read as ${reading.words}, as in ${where} (${advice})`;
  }
  const boxes = lines.filter(isBox).length;
  const outlines = lines.length - boxes;
  return boxes === 0
    ? null
    : `labels are read as ${outlines} outlines of points among ${boxes} boxes, as in ${where} (${advice})`;
}

function openReadings(lengths: ReadonlySet<number>): readonly LineReading[] {
  return [
    detectReading,
    outlineReading,
    scoredOutlineReading,
    orientedReading,
    ...poseReadings(lengths),
  ];
}

function declaredReadings(
  kind: LineKind | null,
  keypoints: LineHints['keypoints'],
  lengths: ReadonlySet<number>,
): readonly LineReading[] {
  switch (kind) {
    case 'detect':
      return [detectReading];
    case 'segment':
      return [outlineReading, scoredOutlineReading];
    case 'obb':
      return [orientedReading];
    case 'pose':
    case null:
      if (keypoints !== null) return [poseReading(...keypoints, true)];
      return poseReadings(lengths);
  }
}

/** Keypoints that lines of one length can have. */
function poseReadings(lengths: ReadonlySet<number>): readonly LineReading[] {
  const [length] = lengths;
  if (length === undefined || lengths.size > 1) return [];
  return ([3, 2] as const).flatMap((values) => {
    const keypoints = (length - 4) / values;
    return Number.isInteger(keypoints) && keypoints > 0 ? [poseReading(keypoints, values)] : [];
  });
}

function fits(reading: LineReading, values: readonly number[]): boolean {
  return reading.boxOf(values) !== null;
}

/** The first line that two readings understand differently. */
function firstDifference(
  lines: readonly LabelLine[],
  a: LineReading,
  b: LineReading,
): LabelLine | undefined {
  const isOther = (p: Box, q: Box): boolean =>
    p.some((value, side) => Math.abs(value - q[side]!) > equalShares);
  return lines.find(({ values }) => isOther(a.boxOf(values)!, b.boxOf(values)!));
}

/** @throws DatasetError unless exactly one reading, or several with equal boxes, is likely. */
function onlyLikely(
  lines: readonly LabelLine[],
  fitting: readonly LineReading[],
  folder: string,
): LineReading {
  const likely = fitting.filter(
    (one) =>
      lines.filter(({ values }) => one.isLikely(values)).length >= lines.length * likelyShare,
  );
  if (likely.includes(orientedReading)) return orientedReading;
  const [best] = likely;
  const open = likely.length > 0 ? likely : fitting;
  const other = open.find((one) => firstDifference(lines, open[0]!, one) !== undefined);
  if (best !== undefined && other === undefined) return best;
  const { path, line } = firstDifference(lines, open[0]!, other ?? fitting[1]!) ?? lines[0]!;
  const words = open.map((one) => one.words).join('; or ');
  throw new DatasetError(
    'bad-file',
    folder,
    `expected labels with one meaning, but ${path} line ${line} and all others can be ${words}; ` +
      'say which with #lines=detect, segment, pose or obb after the set, or with kpt_shape in data.yaml',
  );
}

/** The error of the first line that the most fitting of the readings does not fit. */
function firstMisfit(
  lines: readonly LabelLine[],
  candidates: readonly LineReading[],
): DatasetError {
  const negative = lines.find(({ values }) => values.length === 4 && !fits(detectReading, values));
  if (negative !== undefined) return badLine(negative, 'a width and height of 0 or more');
  const count = (one: LineReading): number =>
    lines.filter(({ values }) => fits(one, values)).length;
  const best = candidates.reduce((a, b) => (count(b) > count(a) ? b : a));
  const misfit = lines.find(({ values }) => !fits(best, values))!;
  const agreed = count(best);
  const { values } = misfit;
  const canBeOutline = candidates.includes(outlineReading) && values.length % 2 === 0;
  if (
    values.length >= 6 &&
    canBeOutline &&
    !areShares(values) &&
    (agreed === 0 || best === outlineReading)
  ) {
    return badLine(misfit, 'shares of the picture, 0 to 1');
  }
  const found = `found ${misfit.values.length} values behind the class`;
  const like = agreed === 0 ? '' : ` as in ${agreed} other lines`;
  return badLine(misfit, `${best.words}${like}, ${found}`);
}
