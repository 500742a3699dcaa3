import type { Name } from './mistakes.ts';

/** Frames between a question and its answer; `end`: answers come after the last frame. */
export type Delay = number | 'end';

/** Reads `0`, `64` or `end`. Throws a RangeError for anything else. */
export function delayOf(text: string): Delay {
  if (text === 'end') return text;
  const delay = Number(text);
  if (text.trim() !== '' && Number.isInteger(delay) && delay >= 0) return delay;
  throw new RangeError(`expected a number of frames or end as delay, found ${text}`);
}

/** When names arrive, and how often the head is updated. */
export interface Pace {
  readonly delay: Delay;
  /** Visits between two updates. At least 1. */
  readonly group: number;
}

/**
 * When visits are learned: entry i has the visits that are learned between visit i and the next
 * one, in the order in which they became known. The head is updated after every `group` visits and
 * after the last one. A visit is learned as a whole, in the first update by which it is over and
 * all names of its tracks have arrived; what arrives after the last frame is learned in the last
 * update. Visits without a name are not learned.
 *
 * `frames`: per visit, its number of frames.
 */
export function scheduleVisits(
  frames: readonly number[],
  names: readonly Name[],
  { delay, group }: Pace,
): readonly (readonly number[])[] {
  let total = 0;
  const ends = frames.map((count) => (total += count));
  const due = new Map<number, number>();
  for (const { visit, givenAt } of names) {
    const arrives = delay === 'end' ? Infinity : givenAt + delay;
    due.set(visit, Math.max(arrives, due.get(visit) ?? ends[visit]!));
  }
  const learned: number[][] = frames.map(() => []);
  const isUpdate = (i: number): boolean => (i + 1) % group === 0 || i === frames.length - 1;
  const sorted = [...due].sort(([v, a], [w, b]) => a - b || v - w);
  for (const [visit, at] of sorted) {
    const after = ends.findIndex((end, i) => end >= at && isUpdate(i));
    learned.at(after)!.push(visit);
  }
  return learned;
}
