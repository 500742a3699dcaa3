import { isBackground, type GateSample, type HeadToJudge } from './gate-sample.ts';
import { noClass } from './predict-samples.ts';

/** Counts of one class over the held-out samples. */
export interface ClassCounts {
  readonly name: string;
  /** Held-out samples of the class. */
  samples: number;
  /** Whether the active head, the candidate and the best head know it. */
  readonly known: { readonly before: boolean; readonly after: boolean; readonly best: boolean };
  /** Samples recalled. */
  readonly hits: { before: number; after: number; best: number };
  /** Samples that the candidate loses against the active and against the best head. */
  readonly lost: { before: number; best: number };
  readonly gained: { before: number; best: number };
  /** Samples that are surely not of this class and are taken for it. */
  readonly falseAlarms: { before: number; after: number };
  /** Samples that are surely not of this class; background is counted apart. */
  others: number;
}

/** Background samples of one source, and those on which some class fires. */
export interface SourceCounts {
  readonly source: string;
  samples: number;
  before: number;
  after: number;
}

export interface GateCounts {
  /** The candidate's classes, then those that only the active head has. */
  readonly classes: readonly ClassCounts[];
  /** In code-unit order of the sources. */
  readonly background: readonly SourceCounts[];
  /** Held-out samples of all kinds. */
  readonly samples: number;
}

/** What each head takes each sample for: a class name, or null for none. */
export interface Predictions {
  readonly before: readonly (string | null)[];
  /** Null for a candidate that cannot be evaluated. */
  readonly after: readonly (string | null)[] | null;
  /** By the best head of the sample's class; null where the class has none but the active one. */
  readonly best: readonly (string | null)[];
}

/** The names of a head's classes, with renames applied. */
export function currentNames(
  { classes }: HeadToJudge,
  renamed: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  return renamed === undefined ? classes : classes.map((name) => renamed.get(name) ?? name);
}

/** Indices of predictions as names. */
export function namesOf(
  predicted: Int32Array,
  names: readonly string[],
): readonly (string | null)[] {
  return Array.from(predicted, (index) => (index === noClass ? null : names[index]!));
}

/** Counts hits, paired losses and gains, false alarms and background of the predictions. */
export function countPredictions(
  heldOut: readonly GateSample[],
  names: {
    readonly before: readonly string[];
    readonly after: readonly string[];
    /** Classes whose best head is another than the active one. */
    readonly best: ReadonlySet<string>;
  },
  predictions: Predictions,
): GateCounts {
  const classes = new Map<string, ClassCounts>();
  const knownBefore = new Set(names.before);
  const knownAfter = new Set(names.after);
  for (const name of [...names.after, ...names.before]) {
    const known = {
      before: knownBefore.has(name),
      after: knownAfter.has(name),
      best: names.best.has(name),
    };
    if (!classes.has(name)) classes.set(name, emptyCounts(name, known));
  }
  const sources = new Map<string, SourceCounts>();
  let labelled = 0;
  for (const [i, sample] of heldOut.entries()) {
    const before = predictions.before[i]!;
    const after = predictions.after?.[i] ?? null;
    if (isBackground(sample)) {
      const counts = sources.get(sample.source) ?? emptySource(sample.source);
      sources.set(sample.source, counts);
      counts.samples++;
      if (before !== null) counts.before++;
      if (after !== null) counts.after++;
      continue;
    }
    if (sample.label !== null) labelled++;
    countHits(classes.get(sample.label ?? ''), sample, {
      before,
      after,
      best: predictions.best[i]!,
    });
    countFalseAlarms(classes, sample, before, after);
  }
  // A labelled sample is another object for all classes but its own.
  for (const counts of classes.values()) counts.others += labelled - counts.samples;
  const background = [...sources.values()].sort((a, b) => (a.source < b.source ? -1 : 1));
  return { classes: [...classes.values()], background, samples: heldOut.length };
}

function countHits(
  counts: ClassCounts | undefined,
  { label }: GateSample,
  predicted: { before: string | null; after: string | null; best: string | null },
): void {
  if (counts === undefined || label === null) return;
  const { hits, lost, gained } = counts;
  const isHit = {
    before: predicted.before === label,
    after: predicted.after === label,
    best: predicted.best === label,
  };
  counts.samples++;
  for (const head of ['before', 'after', 'best'] as const) if (isHit[head]) hits[head]++;
  for (const head of ['before', 'best'] as const) {
    if (isHit[head] && !isHit.after) lost[head]++;
    if (!isHit[head] && isHit.after) gained[head]++;
  }
}

function countFalseAlarms(
  classes: ReadonlyMap<string, ClassCounts>,
  { label, not = [] }: GateSample,
  before: string | null,
  after: string | null,
): void {
  const isFalse = (name: string | null): name is string =>
    name !== null && name !== label && (label !== null || not.includes(name));
  if (isFalse(before)) classes.get(before)!.falseAlarms.before++;
  if (isFalse(after)) classes.get(after)!.falseAlarms.after++;
  if (label !== null) return;
  for (const name of new Set(not)) {
    const counts = classes.get(name);
    if (counts !== undefined) counts.others++;
  }
}

function emptyCounts(name: string, known: ClassCounts['known']): ClassCounts {
  return {
    name,
    samples: 0,
    known,
    hits: { before: 0, after: 0, best: 0 },
    lost: { before: 0, best: 0 },
    gained: { before: 0, best: 0 },
    falseAlarms: { before: 0, after: 0 },
    others: 0,
  };
}

function emptySource(source: string): SourceCounts {
  return { source, samples: 0, before: 0, after: 0 };
}
