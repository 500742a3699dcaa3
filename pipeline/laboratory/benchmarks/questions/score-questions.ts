import {
  containment,
  intersectionOverUnion,
  type Box,
} from '../../../../operators/foundation/geometry/box.ts';
import type { Annotation, SeenObject } from './annotation.ts';
import type { Asked, Question, ShownSample } from './collect-questions.ts';

/** Least IoU of a box that shows an annotated object: the annotation is coarse. */
const sameObject = 0.4;
/** Least share of a fragment's box inside its object. */
const insideMin = 0.6;
/** Share of its frames in which a known object has to be named rightly. */
const namedMin = 0.1;
/** Questions about one object that are not repeats. */
const questionsMax = 2;

/** What a question shows, by the majority of its samples. */
export type Verdict =
  | 'novel'
  /** A base class's object that the detector hardly ever names, or mostly by a wrong name. */
  | 'unnamed'
  | 'minor'
  | 'known'
  | 'fragment'
  | 'background'
  /** A third and further question about an object of the first three kinds. */
  | 'repeat';

export interface JudgedQuestion {
  readonly question: Question;
  readonly verdict: Verdict;
  /** Id of the object that it shows, or shows a part of. */
  readonly objectId: string | null;
  /** Share of its samples that show it: an answer is wrong for the rest. */
  readonly purity: number;
}

export interface QuestionScore {
  readonly questions: number;
  /** Cards that were still there at the end. */
  readonly open: number;
  readonly novelObjects: number;
  readonly novelAsked: number;
  /** Ids of novel objects that no question was about. */
  readonly missed: readonly string[];
  /** Questions about novel objects, repeats included. */
  readonly novelQuestions: number;
  readonly mostPerObject: number;
  /** Background, fragments, known objects and repeats. */
  readonly useless: number;
  /** Mean purity of the questions about novel objects; 1 where there are none. */
  readonly purity: number;
  readonly verdicts: Readonly<Record<string, number>>;
}

/** Judges every question of a run, oldest first. */
export function judgeQuestions(asked: Asked, annotation: Annotation): readonly JudgedQuestion[] {
  const unnamed = unnamedObjects(asked, annotation);
  const counts = new Map<string, number>();
  return asked.questions.map((question) => {
    const { kind, objectId, purity } = subjectOf(question, annotation);
    const own = kind === 'known' && unnamed.has(objectId ?? '') ? 'unnamed' : kind;
    if (own !== 'novel' && own !== 'minor' && own !== 'unnamed') {
      return { question, verdict: own, objectId, purity };
    }
    const count = (counts.get(objectId ?? '') ?? 0) + 1;
    counts.set(objectId ?? '', count);
    return { question, verdict: count > questionsMax ? 'repeat' : own, objectId, purity };
  });
}

/** Over the novel objects that were reached, in s since each was first in view. */
export interface Delay {
  readonly objects: number;
  /** Null where no object was reached. */
  readonly median: number | null;
  readonly worst: number | null;
}

/** How long it took until novel objects had a sample, and a card. */
export interface Delays {
  readonly toSample: Delay;
  readonly toQuestion: Delay;
}

export function delaysOf(
  { samples, detections }: Pick<Asked, 'samples' | 'detections'>,
  annotation: Annotation,
): Delays {
  const seenMs = new Map<string, number>();
  for (const { timestampMs } of detections) {
    for (const { id, kind } of annotation.at(timestampMs)) {
      if (kind === 'novel' && !seenMs.has(id)) seenMs.set(id, timestampMs);
    }
  }
  const delay = (reachedMs: (sample: ShownSample) => number | null): Delay => {
    const first = new Map<string, number>();
    for (const sample of samples) {
      const atMs = reachedMs(sample);
      const { kind, objectId: id } = subjectAt(sample.box, annotation.at(sample.timestampMs));
      if (atMs === null || kind !== 'novel' || id === null) continue;
      first.set(id, Math.min(atMs, first.get(id) ?? Infinity));
    }
    const seconds = [...first].map(([id, atMs]) => (atMs - (seenMs.get(id) ?? atMs)) / 1000);
    seconds.sort((a, b) => a - b);
    const median = seconds[Math.floor((seconds.length - 1) / 2)] ?? null;
    return { objects: seconds.length, median, worst: seconds.at(-1) ?? null };
  };
  return {
    toSample: delay(({ timestampMs }) => timestampMs),
    toQuestion: delay(({ askedMs }) => askedMs),
  };
}

export function scoreQuestions(
  judged: readonly JudgedQuestion[],
  { novelIds }: Pick<Annotation, 'novelIds'>,
): QuestionScore {
  const perObject = new Map(novelIds.map((id) => [id, 0]));
  const verdicts: Record<string, number> = {};
  for (const { verdict, objectId } of judged) {
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    const count = perObject.get(objectId ?? '');
    const isAbout = verdict === 'novel' || verdict === 'repeat';
    if (objectId !== null && count !== undefined && isAbout) perObject.set(objectId, count + 1);
  }
  const missed = novelIds.filter((id) => perObject.get(id) === 0);
  const useful = (['novel', 'unnamed', 'minor'] as const).reduce(
    (sum, verdict) => sum + (verdicts[verdict] ?? 0),
    0,
  );
  return {
    questions: judged.length,
    open: judged.filter(({ question }) => question.isOpen).length,
    novelObjects: novelIds.length,
    novelAsked: novelIds.length - missed.length,
    missed,
    novelQuestions: [...perObject.values()].reduce((sum, count) => sum + count, 0),
    mostPerObject: Math.max(0, ...perObject.values()),
    useless: judged.length - useful,
    purity: meanPurity(judged.filter(({ verdict }) => verdict === 'novel')),
    verdicts,
  };
}

function meanPurity(judged: readonly JudgedQuestion[]): number {
  if (judged.length === 0) return 1;
  return judged.reduce((sum, { purity }) => sum + purity, 0) / judged.length;
}

interface Subject {
  readonly kind: SeenObject['kind'] | 'fragment' | 'background';
  readonly objectId: string | null;
}

/** The most frequent subject of the question's samples, the earliest of equals. */
function subjectOf(
  { samples }: Question,
  annotation: Annotation,
): Subject & Pick<JudgedQuestion, 'purity'> {
  const counts = new Map<string, { readonly subject: Subject; count: number }>();
  for (const { box, timestampMs } of samples) {
    const subject = subjectAt(box, annotation.at(timestampMs));
    const key = `${subject.kind} ${subject.objectId ?? ''}`;
    const entry = counts.get(key) ?? { subject, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  let most: { readonly subject: Subject; count: number } | null = null;
  for (const entry of counts.values()) if (entry.count > (most?.count ?? 0)) most = entry;
  const subject: Subject = most?.subject ?? { kind: 'background', objectId: null };
  return { ...subject, purity: (most?.count ?? 0) / Math.max(1, samples.length) };
}

function subjectAt(box: Box, objects: readonly SeenObject[]): Subject {
  const best = bestOf(objects, (object) => intersectionOverUnion(object.box, box));
  if (best !== null && intersectionOverUnion(best.box, box) >= sameObject) {
    return { kind: best.kind, objectId: best.id };
  }
  const around = bestOf(objects, (object) => containment(box, object.box));
  if (around !== null && containment(box, around.box) >= insideMin) {
    return { kind: 'fragment', objectId: around.id };
  }
  return { kind: 'background', objectId: null };
}

function bestOf(
  objects: readonly SeenObject[],
  scoreOf: (object: SeenObject) => number,
): SeenObject | null {
  let best: SeenObject | null = null;
  for (const object of objects)
    if (scoreOf(object) > (best === null ? 0 : scoreOf(best))) best = object;
  return best;
}

/** Known objects that get a right name in few of their frames, or a wrong one in more. */
function unnamedObjects({ detections }: Asked, annotation: Annotation): ReadonlySet<string> {
  const names = new Map<string, { frames: number; right: number; wrong: number }>();
  for (const message of detections) {
    for (const object of annotation.at(message.timestampMs)) {
      if (object.kind !== 'known') continue;
      const count = names.get(object.id) ?? { frames: 0, right: 0, wrong: 0 };
      names.set(object.id, count);
      count.frames++;
      const near = message.detections.filter(
        ({ box }) => intersectionOverUnion(object.box, box) >= sameObject,
      );
      if (near.some((detection) => object.classes.includes(detection.class))) count.right++;
      else if (near.length > 0) count.wrong++;
    }
  }
  return new Set(
    [...names]
      .filter(([, { frames, right, wrong }]) => right < namedMin * frames || wrong > right)
      .map(([id]) => id),
  );
}
