import type { Head } from '../detect/heads/head.ts';
import { scoreCrop, scoreObject } from '../detect/heads/score.ts';
import type { HeadDraft } from '../learn/strategy.ts';
import { findFault } from './head-fault.ts';

/** A held-out object, as input of a head. */
export interface GateSample {
  /** Its class; null for background, on which no class may fire. */
  readonly label: string | null;
  /** The plain crop's embedding, cropEmbeddingLength values; empty without a crop. */
  readonly embedding: Float32Array;
  /** The dense latent of the object's centre cell, denseLatentLength values. */
  readonly dense: Float32Array;
}

/** Recall of one class before and after. */
export interface ClassVerdict {
  readonly class: string;
  /** Recall of the active head, 0..1; null if it lacks the class or no sample has it. */
  readonly before: number | null;
  /** Recall of the candidate, likewise. */
  readonly after: number | null;
  /** Held-out samples of the class. */
  readonly samples: number;
}

export interface Verdict {
  readonly accepted: boolean;
  readonly code:
    'accepted' | 'malformed' | 'not-finite' | 'class-missing' | 'class-fell' | 'background-rose';
  /** One line for a person. */
  readonly reason: string;
  /** The candidate's classes, then those that only the active head has. */
  readonly perClass: readonly ClassVerdict[];
  /** Share of background samples on which some class fires; null without samples. */
  readonly background: {
    readonly before: number | null;
    readonly after: number | null;
    readonly samples: number;
  };
}

export interface GateInput {
  readonly candidate: HeadDraft;
  readonly active: HeadDraft | Head;
  readonly heldOut: readonly GateSample[];
  /** Tolerated loss of recall per class and rise of false positives, 0..1; default 0.05. */
  readonly tolerance?: number;
}

export const defaultTolerance = 0.05;

/** Predictions of one head on the held-out samples, counted. */
interface Counts {
  /** Per class: samples for which it is the head's best class, at or above its threshold. */
  readonly recalled: ReadonlyMap<string, number>;
  /** Background samples on which some class is at or above its threshold. */
  readonly falsePositives: number;
}

/**
 * Decides whether a candidate replaces the active head.
 *
 * It is refused if it is malformed, lacks a class of the active head, loses more than
 * `max(1, tolerance × n)` of the n held-out samples of a class that the active head knows, or fires
 * on that many more background samples. The 1 is there because a single sample proves nothing: of 5
 * samples it would be a loss of 0.2. Gains and losses cancel within a class, but not between
 * classes. Pure: the same arguments give the same verdict.
 */
export function evaluateCandidate(input: GateInput): Verdict {
  const { candidate, active, heldOut, tolerance = defaultTolerance } = input;
  const fault = findFault(candidate);
  const before = count(active, heldOut);
  // A malformed head is not evaluated: its scores mean nothing.
  const after = fault === null ? count(candidate, heldOut) : null;
  const missing = active.classes.filter((name) => !candidate.classes.includes(name));
  const perClass = compareClasses(input, missing, before, after);
  const background = compareBackground(heldOut, before, after);

  const refusal =
    fault ??
    refuseMissing(missing) ??
    refuseFallen(active, perClass, before, after!, tolerance) ??
    refuseRisen(background.samples, before, after!, tolerance);
  if (refusal !== null) {
    return { accepted: false, code: refusal.code, reason: refusal.message, perClass, background };
  }
  const evaluated = perClass.reduce((sum, { samples }) => sum + samples, background.samples);
  const reason = `no class fell on ${evaluated} held-out samples`;
  return { accepted: true, code: 'accepted', reason, perClass, background };
}

function compareClasses(
  { candidate, active, heldOut }: GateInput,
  missing: readonly string[],
  before: Counts,
  after: Counts | null,
): readonly ClassVerdict[] {
  return [...new Set([...candidate.classes, ...missing])].map((name) => {
    const samples = heldOut.filter(({ label }) => label === name).length;
    const recall = (head: HeadDraft, counts: Counts | null): number | null =>
      counts === null || samples === 0 || !head.classes.includes(name)
        ? null
        : (counts.recalled.get(name) ?? 0) / samples;
    return {
      class: name,
      before: recall(active, before),
      after: recall(candidate, after),
      samples,
    };
  });
}

function compareBackground(
  heldOut: readonly GateSample[],
  before: Counts,
  after: Counts | null,
): Verdict['background'] {
  const samples = heldOut.filter(({ label }) => label === null).length;
  return {
    before: samples === 0 ? null : before.falsePositives / samples,
    after: samples === 0 || after === null ? null : after.falsePositives / samples,
    samples,
  };
}

interface Refusal {
  readonly code: Exclude<Verdict['code'], 'accepted'>;
  readonly message: string;
}

function refuseMissing(missing: readonly string[]): Refusal | null {
  if (missing.length === 0) return null;
  return { code: 'class-missing', message: `it no longer knows ${missing.join(', ')}` };
}

function refuseFallen(
  active: HeadDraft,
  perClass: readonly ClassVerdict[],
  before: Counts,
  after: Counts,
  tolerance: number,
): Refusal | null {
  for (const { class: name, samples } of perClass) {
    const lost = (before.recalled.get(name) ?? 0) - (after.recalled.get(name) ?? 0);
    if (!active.classes.includes(name) || !isTooMany(lost, samples, tolerance)) continue;
    const message = `it recalls ${lost} fewer of ${samples} held-out ${name}`;
    return { code: 'class-fell', message };
  }
  return null;
}

function refuseRisen(
  samples: number,
  before: Counts,
  after: Counts,
  tolerance: number,
): Refusal | null {
  const risen = after.falsePositives - before.falsePositives;
  if (!isTooMany(risen, samples, tolerance)) return null;
  const message = `it fires on ${risen} more of ${samples} background samples`;
  return { code: 'background-rose', message };
}

function count(head: HeadDraft, samples: readonly GateSample[]): Counts {
  const recalled = new Map<string, number>();
  let falsePositives = 0;
  if (head.classes.length === 0) return { recalled, falsePositives };
  for (const sample of samples) {
    const scores = scoreSample({ version: 0, ...head }, sample);
    if (sample.label === null) {
      if (scores.some((score, i) => score >= head.thresholds[i]!)) falsePositives++;
      continue;
    }
    const best = scores.indexOf(Math.max(...scores));
    if (head.classes[best] !== sample.label || scores[best]! < head.thresholds[best]!) continue;
    recalled.set(sample.label, (recalled.get(sample.label) ?? 0) + 1);
  }
  return { recalled, falsePositives };
}

/** Scores a sample as a live track is scored. */
function scoreSample(head: Head, { embedding, dense }: GateSample): Float32Array {
  return scoreObject(head, dense, embedding.length === 0 ? null : scoreCrop(head, embedding));
}

function isTooMany(changed: number, samples: number, tolerance: number): boolean {
  // 0.29 × 100 is 28.999999999999996; rounding must not decide about whole samples.
  return changed > Math.max(1, tolerance * samples + 1e-9);
}
