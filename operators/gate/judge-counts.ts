import { binomialTail, signTest } from './chance.ts';
import type { ClassCounts, GateCounts, SourceCounts } from './gate-counts.ts';
import type { ClassStatus } from './verdict.ts';

/** The error rate of a kind of comparison over all classes or sources together. */
const familyError = 0.1;
/** The same for the comparison of all classes together, which is made once. */
const overallError = 0.05;
/**
 * Before anything is measured, a class is expected to lose this share of what it recalled, and a
 * source to fire on this share more, by chance; weighed like this many samples.
 */
const priorChurn = { share: 0.02, weight: 20 };
/** Recall that a new class has to reach; proven or refused at this error rate. */
export const newClassFloor = { recall: 0.25, error: 0.05 };
/** Tolerances that all classes together, and background, may move from the best state. */
const overallTolerances = 3;

/** What the counts of a class say. */
export interface ClassFinding {
  readonly counts: ClassCounts;
  readonly status: ClassStatus;
  /** The largest count of the active and the best head; null where neither knows the class. */
  readonly best: number | null;
  /** Set where the status is `fell`: whether that is beyond chance and tolerance. */
  readonly loss: 'too-far' | 'tolerated' | 'too-few-to-tell' | null;
  /** Likewise where the candidate has more false alarms. */
  readonly alarms: 'too-many' | 'tolerated' | null;
}

/** All classes that both heads know, together. */
export interface OverallFinding {
  readonly classes: number;
  readonly samples: number;
  readonly before: number;
  readonly after: number;
  /** The sum of the best counts that each class has had. */
  readonly best: number;
  readonly refused: boolean;
}

/** Background of one source, or of all together (`source` null). */
export interface BackgroundFinding {
  readonly source: string | null;
  readonly samples: number;
  readonly before: number;
  readonly after: number;
  readonly refused: boolean;
}

export interface Findings {
  readonly classes: readonly ClassFinding[];
  readonly overall: OverallFinding;
  /** All together first, then by source where there is more than one; empty without samples. */
  readonly background: readonly BackgroundFinding[];
}

/** Judges the counts; see docs/decisions/0028-gate.md for the rules and their reasons. */
export function judgeCounts(
  { classes, background }: GateCounts,
  { tolerance, withdrawn }: { readonly tolerance: number; readonly withdrawn: ReadonlySet<string> },
): Findings {
  const compared = classes.filter(isCompared);
  const lossOf = judgeLosses(compared, tolerance);
  const alarmsOf = judgeAlarms(
    classes.filter(({ known }) => known.after),
    tolerance,
  );
  return {
    classes: classes.map((counts) => {
      const status = statusOf(counts, withdrawn);
      return {
        counts,
        status,
        best: bestOf(counts),
        loss: status === 'fell' ? lossOf(counts) : null,
        alarms: alarmsOf(counts),
      };
    }),
    overall: judgeOverall(compared, tolerance),
    background: judgeBackground(background, tolerance),
  };
}

function isCompared({ known, samples }: ClassCounts): boolean {
  return known.before && known.after && samples > 0;
}

function bestOf({ known, hits }: ClassCounts): number | null {
  if (!known.before && !known.best) return null;
  return Math.max(known.before ? hits.before : 0, known.best ? hits.best : 0);
}

function statusOf(counts: ClassCounts, withdrawn: ReadonlySet<string>): ClassStatus {
  const { name, known, hits, samples } = counts;
  if (!known.after) return withdrawn.has(name) ? 'withdrawn' : 'missing';
  if (!known.before) return statusOfNew(counts);
  if (samples === 0) return 'untested';
  if (hits.after === hits.before) return 'kept';
  return hits.after > hits.before ? 'rose' : 'fell';
}

function statusOfNew({ hits, samples }: ClassCounts): ClassStatus {
  const { recall, error } = newClassFloor;
  // Probability of so few among so many if the recall were just at the floor.
  const asFew = 1 - binomialTail(hits.after + 1, samples, recall);
  if (asFew <= error) return 'too-few';
  return binomialTail(hits.after, samples, recall) <= error ? 'new' : 'unproven';
}

type Reference = 'before' | 'best';

/**
 * A loss is too far if it exceeds the tolerance and the chance that the other classes show: where
 * all of them lose a little, one of many loses more by chance alone.
 */
function judgeLosses(compared: readonly ClassCounts[], tolerance: number) {
  const totals = (reference: Reference) => ({
    lost: compared.reduce((sum, counts) => sum + lostOf(counts, reference), 0),
    hits: compared.reduce((sum, counts) => sum + hitsOf(counts, reference), 0),
  });
  const all = { before: totals('before'), best: totals('best') };
  return (counts: ClassCounts): NonNullable<ClassFinding['loss']> => {
    const chanceOf = (reference: Reference) => {
      const hits = hitsOf(counts, reference);
      const churn = churnRate(
        all[reference].lost - lostOf(counts, reference),
        all[reference].hits - hits,
      );
      return binomialTail(hits - counts.hits.after, hits, churn);
    };
    const isTooFar = (reference: Reference): boolean => {
      const hits = hitsOf(counts, reference);
      const lost = hits - counts.hits.after;
      if (!isTooMany(lost, counts.samples, tolerance)) return false;
      const chance = chanceOf(reference);
      const isNothingLeft = counts.hits.after === 0 && chance <= familyError;
      return isNothingLeft || chance <= familyError / compared.length;
    };
    if (isTooFar('before') || isTooFar('best')) return 'too-far';
    const isLikely = Math.min(chanceOf('before'), chanceOf('best')) > familyError / compared.length;
    const isSingle = counts.hits.before - counts.hits.after === 1;
    return isLikely || isSingle ? 'too-few-to-tell' : 'tolerated';
  };
}

function hitsOf({ known, hits }: ClassCounts, reference: Reference): number {
  return reference === 'best' && known.best ? hits.best : hits.before;
}

function lostOf({ known, lost }: ClassCounts, reference: Reference): number {
  return reference === 'best' && known.best ? lost.best : lost.before;
}

function gainedOf({ known, gained }: ClassCounts, reference: Reference): number {
  return reference === 'best' && known.best ? gained.best : gained.before;
}

function judgeOverall(compared: readonly ClassCounts[], tolerance: number): OverallFinding {
  const sum = (of: (counts: ClassCounts) => number) =>
    compared.reduce((total, counts) => total + of(counts), 0);
  const samples = sum((counts) => counts.samples);
  const before = sum(({ hits }) => hits.before);
  const after = sum(({ hits }) => hits.after);
  const best = sum((counts) => bestOf(counts)!);
  const isBelow = (reference: Reference, tolerances: number) => {
    const net = sum((counts) => hitsOf(counts, reference)) - after;
    const lost = sum((counts) => lostOf(counts, reference));
    const gained = sum((counts) => gainedOf(counts, reference));
    const isUnlikely = signTest(lost, gained) <= overallError;
    return isTooMany(net, samples, tolerances * tolerance) && isUnlikely;
  };
  // A candidate that is no worse than the active head is not kept out by an earlier one.
  const refused =
    compared.length > 1 &&
    after < before &&
    (isBelow('before', 1) || isBelow('best', overallTolerances));
  return { classes: compared.length, samples, before, after, best, refused };
}

/** Judges by the rise per class, where others' rises tell how many come by chance. */
function judgeAlarms(known: readonly ClassCounts[], tolerance: number) {
  const riseOf = ({ falseAlarms }: ClassCounts) => falseAlarms.after - falseAlarms.before;
  const rises = known.reduce((sum, counts) => sum + Math.max(0, riseOf(counts)), 0);
  return (counts: ClassCounts): ClassFinding['alarms'] => {
    const rise = riseOf(counts);
    if (!counts.known.after || rise <= 0) return null;
    const expected = (rises - rise + 0.5) / known.length;
    const chance = binomialTail(rise, counts.others, expected / counts.others);
    const fell = precision(counts, 'before') - precision(counts, 'after');
    const isTooMany = rise > 1 && fell > tolerance && chance <= familyError / known.length;
    return isTooMany ? 'too-many' : 'tolerated';
  };
}

/** 1 where the class is never reported. */
function precision({ hits, falseAlarms }: ClassCounts, head: 'before' | 'after'): number {
  const reported = hits[head] + falseAlarms[head];
  return reported === 0 ? 1 : hits[head] / reported;
}

function judgeBackground(
  sources: readonly SourceCounts[],
  tolerance: number,
): readonly BackgroundFinding[] {
  if (sources.length === 0) return [];
  const all = { source: null, samples: 0, before: 0, after: 0 };
  for (const { samples, before, after } of sources) {
    all.samples += samples;
    all.before += before;
    all.after += after;
  }
  const judge = (counts: typeof all | SourceCounts, comparisons: number): BackgroundFinding => {
    const { source, samples, before, after } = counts;
    const rise = after - before;
    const rest = counts === all ? 0 : Math.max(0, all.after - all.before - rise);
    const churn = churnRate(rest, counts === all ? 0 : all.samples - samples);
    const isRisen =
      isTooMany(rise, samples, tolerance) &&
      binomialTail(rise, samples, churn) <= familyError / comparisons;
    // Small rises, each within the tolerance, must not add up without end.
    const high = binomialTail(after, samples, overallTolerances * tolerance);
    const isHigh = rise > 0 && high <= familyError;
    return { source, samples, before, after, refused: isRisen || (counts === all && isHigh) };
  };
  if (sources.length === 1) return [judge(all, 1)];
  return [judge(all, 1), ...sources.map((source) => judge(source, sources.length))];
}

/** The share that changes by chance, as measured elsewhere. */
function churnRate(changed: number, samples: number): number {
  const { share, weight } = priorChurn;
  return (changed + share * weight) / (samples + weight);
}

/** More than one sample, which proves nothing, and more than the tolerated share. */
function isTooMany(changed: number, samples: number, tolerance: number): boolean {
  // 0.29 × 100 is 28.999999999999996; rounding must not decide about whole samples.
  return changed > Math.max(1, tolerance * samples + 1e-9);
}
