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

/** A new class appears every 450 frames; the run ends some time after the last one. */
const framesPerClass = 500;
const framesBetween = 450;
/** Frames from one labelled frame to the next: four seconds of simulated time. */
const labelInterval = 60;
/** Frames of the test world: two per class, within bounds, three seconds apart. */
const testFramesPerClass = 2;
const testFramesMin = 24;
const testFramesMax = 240;
const testFrameInterval = 45;
/** The detector's own limit. */
const peaksMax = 100;

/**
 * A long run of the simulated world: new classes keep appearing, earlier ones recur, and one frame
 * in 60 is labelled completely. Evaluated in a test world with the same classes but another
 * background, other movements and other times. The session's sets are not used.
 */
export const longRun: readonly Protocol[] = [5, 20, 200].map((classes) => ({
  name: `long-run-${classes}`,
  recordsOutcomes: false,
  summary: `${classes} classes that appear over ${classes * framesPerClass} frames of the simulated world; the sets are not used.`,
  run: (session) => runWorld(session, manyClasses(classes, session.seed)),
}));

/** Runs the protocol over the classes of `scenario`. */
export async function runWorld(
  session: LearningSession,
  scenario: Scenario,
): Promise<ProtocolOutcome> {
  const { learner, log, signal, checkpointsMax } = session;
  const frames = scenario.classes.length * framesPerClass;
  const labelled = new StillWorld(worldOf(scenario, framesBetween), session.viewSize);
  const testedClasses = await testableClasses(session, scenario);
  const stepCount = Math.floor(frames / labelInterval);
  const learned = new Set<string>();
  const steps: { readonly introduced: readonly string[] }[] = [];
  const after: number[] = [];
  const results: Checkpoint[] = [];
  let hasNewClass = false;
  for (let step = 1; step <= stepCount; step++) {
    signal.throwIfAborted();
    const index = step * labelInterval;
    const frame = await labelled.skipTo(index);
    const introduced = frame.clear
      .map((truth) => truth.class)
      .filter((name, i, all) => !learned.has(name) && all.indexOf(name) === i);
    for (const name of introduced) learned.add(name);
    hasNewClass ||= introduced.some((name) => testedClasses.has(name));
    steps.push({ introduced });
    await learnFrame(session, frame, `world/${step}`);
    const due = Math.ceil((after.length + 1) * (stepCount / checkpointsMax));
    if (step !== stepCount && (step < due || !hasNewClass)) continue;
    // A checkpoint without a new class is no task of its own: it replaces the one before it.
    if (!hasNewClass) {
      after.pop();
      results.pop();
    }
    hasNewClass = false;
    after.push(step);
    results.push({ scores: await evaluateWorld(session, scenario, learned), bytes: learner.bytes });
    const map50 = meanOver(results.at(-1)!.scores, [...learned], 'ap50');
    log.info(`frame ${index} of ${frames}, ${learned.size} classes: mAP50 ${map50}`);
  }
  return outcomeOf(steps, after, results);
}

/** The scenario with a new class every `between` frames; 0 for all from the start. */
function worldOf(scenario: Scenario, between: number, worldSeed = scenario.seed): Scenario {
  const classes = scenario.classes.map((own, order) => ({ ...own, fromFrame: order * between }));
  return { ...scenario, classes, seed: worldSeed };
}

/** The world for evaluation: the same classes, everything else different. */
function testWorld({ seed, viewSize }: LearningSession, scenario: Scenario): StillWorld {
  return new StillWorld(worldOf(scenario, 0, seed + 2 ** 31), viewSize);
}

function testFrameIndices(count: number): readonly number[] {
  const frames = Math.min(testFramesMax, Math.max(testFramesMin, testFramesPerClass * count));
  return Array.from({ length: frames }, (_, i) => (i + 1) * testFrameInterval);
}

/** The classes that are clearly visible in the test frames. */
async function testableClasses(session: LearningSession, scenario: Scenario): Promise<Set<string>> {
  const world = testWorld(session, scenario);
  const shown = new Set<string>();
  for (const index of testFrameIndices(scenario.classes.length)) {
    session.signal.throwIfAborted();
    for (const truth of (await world.skipTo(index)).clear) shown.add(truth.class);
  }
  return shown;
}

async function learnFrame(
  { engine, learner, seed }: LearningSession,
  frame: StillFrame,
  id: string,
): Promise<void> {
  const { examples, negatives, background, backgroundWeight } = await examineScene(
    engine,
    {
      ...frame,
      id,
      exhaustive: true,
      boxes: frame.clear.map(({ box, class: label }) => ({ box, label })),
      ignore: frame.hidden.map(({ box }) => box),
    },
    { random: seededRandom(seed + frame.index * 2 ** 32) },
  );
  const added = [...examples, ...negatives];
  await learner.update({ added, removed: [], background, backgroundWeight });
}

/** Average precision in the test world, per learned class. */
async function evaluateWorld(
  session: LearningSession,
  scenario: Scenario,
  learned: ReadonlySet<string>,
): Promise<ClassScores> {
  const { engine, learner, signal } = session;
  const { head } = learner;
  const world = testWorld(session, scenario);
  const images: TruthImage[] = [];
  const detections = new Map<string, readonly ClassifiedBox[]>();
  engine.setObjectness(head.objectness);
  for (const index of testFrameIndices(scenario.classes.length)) {
    signal.throwIfAborted();
    const frame = await world.skipTo(index);
    const id = String(index);
    images.push({
      id,
      objects: [
        ...frame.clear,
        // A mostly hidden object counts neither as a hit nor as a miss.
        ...frame.hidden.map((truth) => ({ ...truth, difficult: true })),
      ].filter((truth) => learned.has(truth.class)),
    });
    const peaks = await engine.detect(frame.view, frame.viewSize, peaksMax);
    const proposals = proposalsOf(peaks, frame, engine.baseClasses);
    const embeddings =
      head.crop === null ? null : await embedBoxes(engine, frame, proposals, frame);
    detections.set(id, scoreProposals(head, proposals, embeddings, frame));
  }
  return evaluate(images, detections).perClass;
}
