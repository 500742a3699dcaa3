import { findFault, type HeadFault } from './head-fault.ts';
import {
  countPredictions,
  currentNames,
  namesOf,
  type GateCounts,
  type Predictions,
} from './gate-counts.ts';
import type { GateSample, HeadToJudge } from './gate-sample.ts';
import { judgeCounts, type ClassFinding, type Findings } from './judge-counts.ts';
import { noClass, predictInSteps } from './predict-samples.ts';
import { isRefused, nameText, verdictReason } from './verdict-reason.ts';
import type { ClassVerdict, Verdict, VerdictCode } from './verdict.ts';

export interface GateInput {
  readonly candidate: HeadToJudge;
  readonly active: HeadToJudge;
  readonly heldOut: readonly GateSample[];
  /** Tolerated loss of recall per class and rise of false positives, 0..1; default 0.05. */
  readonly tolerance?: number;
  /** Heads that were the best for some class, besides the active one: class → head. */
  readonly best?: ReadonlyMap<string, HeadToJudge>;
  /**
   * Classes that were removed, merged away or whose last label was withdrawn: they may be missing.
   */
  readonly withdrawn?: readonly string[];
  /**
   * Renames since the active head, old → new name, applied to the active and the best heads; two
   * old names may become one (a merge).
   */
  readonly renamed?: ReadonlyMap<string, string>;
}

export const defaultTolerance = 0.05;

/**
 * Decides whether a candidate replaces the active head, by what both recall of the held-out
 * samples and by what they fire on wrongly.
 *
 * It is refused if it is malformed or lacks a class that was not withdrawn. It is refused if it
 * recalls less of a class than the active head, and less than the active or the class's best head
 * by more than `max(1, tolerance × n)` of its n samples and by more than chance explains; if all
 * classes together fall; if a new class surely recalls less than a quarter; if a class fires on
 * more objects of other classes, or the head on more background of some source. A candidate that
 * lacks a withdrawn class which the active head has is accepted even if others moved.
 *
 * Pure: the same arguments give the same verdict.
 */
export function evaluateCandidate(input: GateInput): Verdict {
  const steps = evaluateInSteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** {@link evaluateCandidate} with a pause every few ms, for a thread that has other work. */
export function* evaluateInSteps(input: GateInput): Generator<void, Verdict> {
  const { candidate, active, heldOut, renamed, tolerance = defaultTolerance } = input;
  const fault = findFault(candidate);
  const before = currentNames(active, renamed);
  const after = candidate.classes;
  const best = yield* predictBest(input);
  const predictions: Predictions = {
    before: namesOf(yield* predictInSteps(active, heldOut), before),
    // A malformed head is not evaluated: its scores mean nothing.
    after: fault === null ? namesOf(yield* predictInSteps(candidate, heldOut), after) : null,
    best: best.predicted,
  };
  const counts = countPredictions(heldOut, { before, after, best: best.known }, predictions);
  const withdrawn = new Set(input.withdrawn);
  const findings = judgeCounts(counts, { tolerance, withdrawn });
  return verdictOf(findings, counts, fault);
}

/** By class, what the head that was the best for it takes its samples for. */
function* predictBest({
  best = new Map(),
  active,
  heldOut,
  renamed,
}: GateInput): Generator<
  void,
  { readonly predicted: readonly (string | null)[]; readonly known: ReadonlySet<string> }
> {
  const predicted = new Array<string | null>(heldOut.length).fill(null);
  const known = new Set<string>();
  const classesOf = new Map<HeadToJudge, Set<string>>();
  for (const [name, head] of best) {
    if (head === active || !currentNames(head, renamed).includes(name)) continue;
    known.add(name);
    classesOf.set(head, (classesOf.get(head) ?? new Set<string>()).add(name));
  }
  for (const [head, classes] of classesOf) {
    const names = currentNames(head, renamed);
    const isWanted = ({ label }: GateSample) => label !== null && classes.has(label);
    const indices = yield* predictInSteps(head, heldOut, isWanted);
    for (const [i, index] of indices.entries()) {
      if (index !== noClass) predicted[i] = names[index]!;
    }
  }
  return { predicted, known };
}

function verdictOf(findings: Findings, counts: GateCounts, fault: HeadFault | null): Verdict {
  const missing = findings.classes.filter(({ status }) => status === 'missing');
  const isEvaluated = fault === null;
  const facts = {
    perClass: findings.classes.map((finding) => classVerdict(finding, isEvaluated)),
    background: backgroundVerdict(counts, isEvaluated),
  };
  if (fault !== null) {
    return { accepted: false, code: fault.code, reason: fault.message, ...facts };
  }
  if (missing.length > 0) {
    const names = missing.map((finding) => nameText(finding.counts.name));
    const reason = `it no longer knows ${names.join(', ')}`;
    return { accepted: false, code: 'class-missing', reason, ...facts };
  }
  const removed = findings.classes
    .filter(({ status }) => status === 'withdrawn')
    .map((finding) => finding.counts.name);
  const code = removed.length > 0 ? 'accepted' : codeOf(findings);
  const reason = verdictReason(findings, { samples: counts.samples, removed });
  return { accepted: code === 'accepted', code, reason, ...facts };
}

/** The first objection, the most serious kind first. */
function codeOf({ classes, overall, background }: Findings): VerdictCode {
  if (classes.some(({ loss }) => loss === 'too-far')) return 'class-fell';
  if (overall.refused) return 'recall-fell';
  if (classes.some(({ status }) => status === 'too-few')) return 'class-too-few';
  if (classes.some(({ alarms }) => alarms === 'too-many')) return 'precision-fell';
  return background.some(({ refused }) => refused) ? 'background-rose' : 'accepted';
}

function classVerdict(finding: ClassFinding, isEvaluated: boolean): ClassVerdict {
  const { counts, status, best } = finding;
  const { name, samples, known, hits, falseAlarms, others } = counts;
  const isMeasured = { before: known.before, after: known.after && isEvaluated };
  const countOf = (head: 'before' | 'after') =>
    samples > 0 && isMeasured[head] ? hits[head] : null;
  const before = countOf('before');
  const after = countOf('after');
  return {
    class: name,
    before: before === null ? null : before / samples,
    after: after === null ? null : after / samples,
    samples,
    hits: { before, after, best: samples > 0 ? best : null },
    status: isEvaluated || !known.after ? status : 'untested',
    refused: isEvaluated && isRefused(finding),
    falseAlarms: {
      before: isMeasured.before ? falseAlarms.before : null,
      after: isMeasured.after ? falseAlarms.after : null,
      others,
    },
  };
}

function backgroundVerdict({ background }: GateCounts, isEvaluated: boolean) {
  const samples = background.reduce((sum, counts) => sum + counts.samples, 0);
  const share = (head: 'before' | 'after') =>
    background.reduce((sum, counts) => sum + counts[head], 0) / samples;
  return {
    before: samples === 0 ? null : share('before'),
    after: samples === 0 || !isEvaluated ? null : share('after'),
    samples,
    sources: background.map(({ source, samples: count, before, after }) => ({
      source,
      samples: count,
      before,
      after: isEvaluated ? after : null,
    })),
  };
}
