import { shuffle } from '../../../../../operators/foundation/numbers/shuffle.ts';
import type { Question } from './visits.ts';

/** A name that a track gets. */
export interface Name {
  readonly track: number;
  readonly label: string;
  /** Index of the visit that shows the track. */
  readonly visit: number;
  /** Frames of the stream after which the name is given, without any delay. */
  readonly givenAt: number;
}

/** The names that an annotator without mistakes gives: one for each question. */
export function rightNames(questions: readonly Question[]): readonly Name[] {
  return questions.map(({ track, truth, visit, askedAt }) => ({
    track,
    label: truth,
    visit,
    givenAt: askedAt,
  }));
}

/**
 * The same names, of which a share is wrong: as many tracks as that are drawn, and each gets
 * another one of the classes, drawn as well. Without another class all names are right.
 */
export function withWrong(
  names: readonly Name[],
  share: number,
  classes: readonly string[],
  random: () => number,
): readonly Name[] {
  const count = Math.round(share * names.length);
  const wrong = new Map<number, string>();
  for (const { track, label } of shuffle(names, random).slice(0, count)) {
    const others = classes.filter((name) => name !== label);
    if (others.length > 0) wrong.set(track, others[Math.floor(random() * others.length)]!);
  }
  return names.map((name) => ({ ...name, label: wrong.get(name.track) ?? name.label }));
}

/** Two tracks that are taken for one: the second one gets the name of the first. */
export interface Switch {
  readonly first: Question;
  readonly second: Question;
}

/**
 * Draws identity switches for a share of the tracks: each is joined with a track of the next visit
 * that shows another recording and another class. No track is in two switches, so that there may be
 * fewer than asked for, and the last visits have none to be joined with.
 */
export function drawSwitches(
  questions: readonly Question[],
  share: number,
  random: () => number,
): readonly Switch[] {
  const count = Math.round(share * questions.length);
  const taken = new Set<number>();
  const switches: Switch[] = [];
  for (const first of shuffle(questions, random)) {
    if (switches.length === count) break;
    if (taken.has(first.track)) continue;
    const second = questions.find(
      ({ track, visit, recording, truth }) =>
        visit > first.visit &&
        recording !== first.recording &&
        truth !== first.truth &&
        !taken.has(track),
    );
    if (second === undefined) continue;
    taken.add(first.track).add(second.track);
    switches.push({ first, second });
  }
  return switches;
}

/**
 * The names with these switches: no question is asked about the second track of each, which has the
 * name of the first as soon as that has it.
 */
export function withSwitches(names: readonly Name[], switches: readonly Switch[]): readonly Name[] {
  const given = new Map(names.map((name) => [name.track, name]));
  const joined = new Map(switches.map(({ first, second }) => [second.track, first.track]));
  return names.map((name) => {
    const first = joined.get(name.track);
    if (first === undefined) return name;
    const { label, givenAt } = given.get(first)!;
    return { ...name, label, givenAt };
  });
}

/** The names without those of the second parts: the joined tracks were split again. */
export function withoutSecond(
  names: readonly Name[],
  switches: readonly Switch[],
): readonly Name[] {
  const second = new Set(switches.map((each) => each.second.track));
  return names.filter(({ track }) => !second.has(track));
}
