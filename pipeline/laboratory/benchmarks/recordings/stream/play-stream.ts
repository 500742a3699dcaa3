import type { StepLearner } from '../../../protocols/protocol.ts';
import { learnChange, type NamesOfTracks, type VisitEvidence } from './evidence.ts';
import type { Name } from './mistakes.ts';
import { judgeNames, type NameCounts } from './prequential.ts';
import { type Delay, scheduleVisits } from './schedule.ts';
import type { Question, TrackedVisit } from './visits.ts';

/** A stream of visits with everything that is known about it. */
export interface Stream {
  readonly visits: readonly TrackedVisit[];
  /** One for each visit. */
  readonly evidence: readonly VisitEvidence[];
  /** The questions about its tracks, in order. */
  readonly questions: readonly Question[];
}

/** How a stream is learned. */
export interface StreamLabels {
  readonly names: readonly Name[];
  readonly delay: Delay;
  /** Visits between two updates of the head. */
  readonly group: number;
}

/**
 * Learns a stream: every visit is judged by the head as it is, and learned later, as
 * {@link scheduleVisits} has it. Classes count from the first update after an object of theirs was
 * asked about, whenever the answer comes.
 */
export async function playStream(
  { visits, evidence, questions }: Stream,
  { names, delay, group }: StreamLabels,
  learner: Pick<StepLearner, 'head' | 'update'>,
): Promise<readonly NameCounts[]> {
  const frames = visits.map(({ pictures }) => pictures.length);
  const schedule = scheduleVisits(frames, names, { delay, group });
  const nameOf = namesOfTracks(names);
  const seen = new Set<string>();
  const counts: NameCounts[] = [];
  for (const [i, { recording, pictures }] of visits.entries()) {
    counts.push({ recording, ...judgeNames(pictures, learner.head, seen) });
    const due = schedule[i]!.map((visit) => evidence[visit]!);
    if (due.length > 0) await learner.update(learnChange(due, nameOf));
    if ((i + 1) % group !== 0) continue;
    for (const { visit, truth } of questions) if (visit <= i) seen.add(truth);
  }
  return counts;
}

/** The names by track. */
export function namesOfTracks(names: readonly Name[]): NamesOfTracks {
  return new Map(names.map(({ track, label }) => [track, label]));
}
