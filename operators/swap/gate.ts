import type { Head } from '../detect/heads/head.ts';
import { scoreCrop, scoreObject } from '../detect/heads/score.ts';
import type { HeadDraft } from '../learn/strategy.ts';
import { findFault } from './head-fault.ts';

/** A held-out object as a head sees it. */
export interface GateSample {
  /** Its class; null for background, on which no class may fire. */
  readonly label: string | null;
  /** The plain second look, lookLatentLength values; empty where none was taken. */
  readonly embedding: Float32Array;
  /** The dense latent of the object's centre cell, denseLatentLength values. */
  readonly dense: Float32Array;
}

/** One class before and after. */
export interface ClassVerdict {
  readonly class: string;
  /** Recall of the active head, 0..1; null where it does not know the class or no sample shows it. */
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
  /** The candidate's classes, then the active head's that it lacks. */
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
  /** How far a class's recall may fall, and the background's alarms may rise, 0..1; default 0.05. */
  readonly tolerance?: number;
}

/**
 * Decides whether a candidate may take the active head's place.
 *
 * It may not where it is malformed, lacks a class of the active head, loses more than
 * `max(1, tolerance × n)` of the n held-out samples of a class that the active head knows, or
 * fires on more than that many further background samples. The 1 is there because one sample
 * decides nothing: of 5 samples it would be a fall of 0.2. Gains and losses within a class
 * cancel; between classes they do not. Pure: the same arguments give the same verdict.
 */
export function judge({ candidate, active, heldOut, tolerance = 0.05 }: GateInput): Verdict {
  const fault = findFault(candidate);
  const missing = active.classes.filter((name) => !candidate.classes.includes(name));
  // Scores of a broken head mean nothing: it is refused unheard.
  const after = fault === null ? count(candidate, heldOut) : null;
  const before = count(active, heldOut);
  const perClass = [...new Set([...candidate.classes, ...missing])].map((name) => {
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
  const backgrounds = heldOut.filter(({ label }) => label === null).length;
  const background = {
    before: backgrounds === 0 ? null : before.alarms / backgrounds,
    after: backgrounds === 0 || after === null ? null : after.alarms / backgrounds,
    samples: backgrounds,
  };
  const verdict = (code: Verdict['code'], reason: string): Verdict => ({
    accepted: code === 'accepted',
    code,
    reason,
    perClass,
    background,
  });

  if (after === null) return verdict(fault!.code, fault!.message);
  if (missing.length > 0) {
    return verdict('class-missing', `it no longer knows ${missing.join(', ')}`);
  }
  for (const { class: name, samples } of perClass) {
    const lost = (before.recalled.get(name) ?? 0) - (after.recalled.get(name) ?? 0);
    if (!active.classes.includes(name) || !isTooMany(lost, samples, tolerance)) continue;
    return verdict('class-fell', `it recalls ${lost} fewer of ${samples} held-out ${name}`);
  }
  const risen = after.alarms - before.alarms;
  if (isTooMany(risen, backgrounds, tolerance)) {
    return verdict(
      'background-rose',
      `it fires on ${risen} more of ${backgrounds} background samples`,
    );
  }
  const judged = perClass.reduce((sum, { samples }) => sum + samples, backgrounds);
  return verdict('accepted', `no class fell on ${judged} held-out samples`);
}

interface Counts {
  /** Samples of a class for which it is the head's best class, at or above its threshold. */
  readonly recalled: ReadonlyMap<string, number>;
  /** Background samples on which some class is at or above its threshold. */
  readonly alarms: number;
}

function count(head: HeadDraft, samples: readonly GateSample[]): Counts {
  const recalled = new Map<string, number>();
  let alarms = 0;
  if (head.classes.length === 0) return { recalled, alarms };
  for (const sample of samples) {
    const scores = scoreSample({ version: 0, ...head }, sample);
    if (sample.label === null) {
      if (scores.some((score, i) => score >= head.thresholds[i]!)) alarms++;
      continue;
    }
    const best = scores.indexOf(Math.max(...scores));
    if (head.classes[best] !== sample.label || scores[best]! < head.thresholds[best]!) continue;
    recalled.set(sample.label, (recalled.get(sample.label) ?? 0) + 1);
  }
  return { recalled, alarms };
}

/** Scores as a track gets them live. */
function scoreSample(head: Head, { embedding, dense }: GateSample): Float32Array {
  return scoreObject(head, dense, embedding.length === 0 ? null : scoreCrop(head, embedding));
}

function isTooMany(changed: number, samples: number, tolerance: number): boolean {
  // 0.29 × 100 is 28.999999999999996: whole samples must not hang on that.
  return changed > Math.max(1, tolerance * samples + 1e-9);
}
