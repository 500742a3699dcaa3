import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { manyClasses } from '../../../operators/ingest/world/many-classes.ts';
import type { Scenario } from '../../../operators/ingest/world/scenario.ts';
import { examineScene } from '../../../operators/learn/examples/scene.ts';
import {
  type ClassifiedBox,
  evaluate,
  type TruthImage,
} from '../../../operators/measure/evaluate.ts';
import { embedBoxes } from '../../batch/predict-picture.ts';
import { proposalsOf, scoreProposals } from '../../batch/score-proposals.ts';
import type { ProtocolOutcome } from '../learning/learning-report.ts';
import { type ClassScores, meanOver } from './class-scores.ts';
import type { LearningSession, Protocol } from './protocol.ts';
import { type Checkpoint, outcomeOf } from './run-steps.ts';
import { type StillFrame, StillWorld } from './still-world.ts';

/** Frames for each class: a new one comes every 450, and the last one stays a while. */
const framesPerClass = 500;
const framesBetween = 450;
/** One frame in so many is labelled: four seconds of the world's time. */
const labelEvery = 60;
/** Frames of the other world that are judged: two a class, within bounds, three seconds apart. */
const judgedPerClass = 2;
const judgedMin = 24;
const judgedMax = 240;
const judgedEvery = 45;
/** As many as the detector hands back. */
const peaksMax = 100;

/**
 * The simulated world for a long time: new classes keep arriving, those from before keep coming, and one frame in 60
 * is labelled whole, once. Judged in a world with the same classes in which everything else is different: another
 * background, other movements, other times. The session's sets are left aside, but for their being there.
 */
export const longRun: readonly Protocol[] = [5, 20, 200].map((classes) => ({
  name: `long-run-${classes}`,
  summary: `${classes} classes that arrive over ${classes * framesPerClass} frames of the simulated world; the sets are left aside.`,
  run: (session) => runWorld(session, classes),
}));

async function runWorld(session: LearningSession, count: number): Promise<ProtocolOutcome> {
  const { seed, learner, log, signal, checkpointsMax } = session;
  const frames = count * framesPerClass;
  const labelled = new StillWorld(worldOf(count, seed, framesBetween), session.viewSize);
  const testedClasses = await classesShown(session, count);
  const lessons = Math.floor(frames / labelEvery);
  const seen = new Set<string>();
  const steps: { readonly introduced: readonly string[] }[] = [];
  const after: number[] = [];
  const results: Checkpoint[] = [];
  let fresh = false;
  for (let lesson = 1; lesson <= lessons; lesson++) {
    signal.throwIfAborted();
    const frame = await labelled.skipTo(lesson * labelEvery);
    const introduced = frame.clear
      .map((truth) => truth.class)
      .filter((name, i, all) => !seen.has(name) && all.indexOf(name) === i);
    for (const name of introduced) seen.add(name);
    fresh ||= introduced.some((name) => testedClasses.has(name));
    steps.push({ introduced });
    await teach(session, frame, `world/${lesson}`);
    const due = Math.ceil((after.length + 1) * (lessons / checkpointsMax));
    if (lesson !== lessons && (lesson < due || !fresh)) continue;
    // A checkpoint that nothing new came before is no task of its own: it stands for the one before it.
    if (!fresh) {
      after.pop();
      results.pop();
    }
    fresh = false;
    after.push(lesson);
    results.push({ scores: await judgeWorld(session, count, seen), bytes: learner.bytes });
    const map50 = meanOver(results.at(-1)!.scores, [...seen], 'ap50');
    log.info(`frame ${lesson * labelEvery} of ${frames}, ${seen.size} classes: mAP50 ${map50}`);
  }
  return outcomeOf(
    steps,
    after,
    results,
    after.map(() => null),
  );
}

/** The classes of a seed, one new every so many frames; 0 for all at once. */
function worldOf(count: number, seed: number, between: number, worldSeed = seed): Scenario {
  const scenario = manyClasses(count, seed);
  const classes = scenario.classes.map((own, order) => ({ ...own, fromFrame: order * between }));
  return { ...scenario, classes, seed: worldSeed };
}

/** The world that is judged in: the same classes, nothing else the same. */
function otherWorld({ seed, viewSize }: LearningSession, count: number): StillWorld {
  return new StillWorld(worldOf(count, seed, 0, seed + 2 ** 31), viewSize);
}

function judgedFrames(count: number): readonly number[] {
  const frames = Math.min(judgedMax, Math.max(judgedMin, judgedPerClass * count));
  return Array.from({ length: frames }, (_, i) => (i + 1) * judgedEvery);
}

/** The classes that can be seen well in the frames that are judged. */
async function classesShown(session: LearningSession, count: number): Promise<Set<string>> {
  const world = otherWorld(session, count);
  const shown = new Set<string>();
  for (const index of judgedFrames(count)) {
    session.signal.throwIfAborted();
    for (const truth of (await world.skipTo(index)).clear) shown.add(truth.class);
  }
  return shown;
}

async function teach(
  { engine, learner, viewSize, seed }: LearningSession,
  frame: StillFrame,
  id: string,
): Promise<void> {
  const { examples, negatives, background, backgroundWeight } = await examineScene(
    engine,
    {
      ...frame,
      ...{ id, viewSize, exhaustive: true },
      boxes: frame.clear.map(({ box, class: label }) => ({ box, label })),
      ignore: frame.hidden.map(({ box }) => box),
    },
    { random: seededRandom(seed + frame.index * 2 ** 32) },
  );
  const added = [...examples, ...negatives];
  await learner.update({ added, removed: [], background, backgroundWeight });
}

/** Average precision in the other world of every class that was seen by now. */
async function judgeWorld(
  session: LearningSession,
  count: number,
  seen: ReadonlySet<string>,
): Promise<ClassScores> {
  const { engine, learner, viewSize, signal } = session;
  const { head } = learner;
  const world = otherWorld(session, count);
  const images: TruthImage[] = [];
  const detections = new Map<string, readonly ClassifiedBox[]>();
  engine.setObjectness(head.objectness);
  for (const index of judgedFrames(count)) {
    signal.throwIfAborted();
    const frame = await world.skipTo(index);
    const id = String(index);
    images.push({
      id,
      objects: [
        ...frame.clear,
        // What is half hidden may be found or not.
        ...frame.hidden.map((truth) => ({ ...truth, difficult: true })),
      ].filter((truth) => seen.has(truth.class)),
    });
    const size = { ...frame, viewSize };
    const peaks = await engine.detect(frame.view, viewSize, peaksMax);
    const proposals = proposalsOf(peaks, size, engine.baseClasses);
    const looks = head.crop === null ? null : await embedBoxes(engine, frame, proposals, size);
    detections.set(id, scoreProposals(head, proposals, looks, size));
  }
  return evaluate(images, detections).perClass;
}
