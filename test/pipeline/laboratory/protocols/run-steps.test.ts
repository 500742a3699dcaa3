import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import type {
  FinalOutcomes,
  LearningSession,
  LearningStep,
} from '../../../../pipeline/laboratory/protocols/protocol.ts';
import {
  outcomeOf,
  pickCheckpoints,
  runSteps,
} from '../../../../pipeline/laboratory/protocols/run-steps.ts';
import { imageOf, objectOf } from '../learning/painted-set.ts';

/** Up to the rounding of a sum over 101 recalls. */
const one: unknown = expect.closeTo(1);
const names = ['cup', 'hat', 'pen'];
const images = names.map((name) => imageOf(name, [objectOf(name)]));
const steps = names.map((name): LearningStep => ({
  introduced: [name],
  pictures: [{ image: images[0]!, boxes: [{ box: [0, 0, 9, 9], label: name }], ignore: [] }],
}));

/**
 * A learner that detects the classes it has learned; with `forgets` only those of the last step.
 */
function sessionOf(forgets: boolean, bound: readonly (number | null)[]) {
  let head: Head = emptyHead();
  const requested: (readonly number[])[] = [];
  const session = {
    train: { images },
    test: { images },
    seed: 1,
    viewSize: 320,
    checkpointsMax: 8,
    learner: {
      get head() {
        return head;
      },
      bytes: 7,
      learn: async (pictures: LearningStep['pictures']) => {
        const { label } = pictures[0]!.boxes[0]!;
        const classes = forgets ? [label!] : [...head.classes, label!];
        head = { ...head, classes };
        return head;
      },
    },
    predictor: {
      predict: async (image: (typeof images)[number], { classes }: Head) => ({
        base: image.objects.map((object) => ({ ...object, score: 1 })),
        learned: image.objects
          .filter((object) => classes.includes(object.class))
          .map((object) => ({ ...object, score: 1 })),
      }),
    },
    jointBound: async (_steps: readonly LearningStep[], after: readonly number[]) => {
      requested.push(after);
      return bound;
    },
    log: pino({ level: 'silent' }),
    signal: new AbortController().signal,
  };
  return { session: session as unknown as LearningSession, requested };
}

describe('running steps', () => {
  it('scores a learner that forgets nothing', async () => {
    const { session, requested } = sessionOf(false, [1, 1, 0.5]);
    const outcome = await runSteps(session, steps);
    expect(requested).toEqual([[1, 2, 3]]);
    expect(outcome).toMatchObject({ map50: one, map: one, forgetting: 0, bwt: 0, fwt: 0 });
    expect(outcome.omega).toBeCloseTo((1 + 1 + 2) / 3);
    expect(outcome.perStep.map(({ seen, map50 }) => [seen, map50])).toEqual([
      [1, one],
      [2, one],
      [3, one],
    ]);
    expect(outcome.perClass['pen']).toEqual({ ap: one, ap50: one, objects: 1, step: 3 });
  });

  it('scores a learner that remembers only the last step', async () => {
    const { session } = sessionOf(true, [1, 1, 1]);
    const outcome = await runSteps(session, steps);
    expect(outcome).toMatchObject({ forgetting: one, bwt: expect.closeTo(-1), fwt: 0 });
    expect(outcome.map50).toBeCloseTo(1 / 3);
    expect(outcome.omega).toBeCloseTo((1 + 1 / 2 + 1 / 3) / 3);
    expect(outcome.perStep[2]).toMatchObject({
      map50New: one,
      map50Old: 0,
      jointMap50: 1,
      bytes: 7,
    });
  });

  it('hands over what is detected after the last step, with the groups of pictures', async () => {
    const { session } = sessionOf(false, [1, 1, 1]);
    const recorded: FinalOutcomes[] = [];
    await runSteps({ ...session, record: (outcomes) => void recorded.push(outcomes) }, steps);
    expect(recorded).toHaveLength(1);
    const [{ step, groups, classes }] = recorded as [FinalOutcomes];
    expect([step, groups]).toEqual([3, [[0], [1], [2]]]);
    expect(
      [...classes].map(([name, { pictures, outcomes }]) => [name, ...pictures, ...outcomes]),
    ).toEqual([
      ['cup', 0, 1],
      ['hat', 1, 1],
      ['pen', 2, 1],
    ]);
  });

  it('scores on the pictures of seen classes beside all pictures', async () => {
    const { session } = sessionOf(true, [1, 1, 1]);
    const outcome = await runSteps(session, steps);
    expect(outcome).toMatchObject({ forgettingSeen: one, bwtSeen: expect.closeTo(-1) });
    expect(outcome.map50Seen).toBeCloseTo(1 / 3);
    expect(outcome.perStep.map(({ map50Seen }) => map50Seen)).toEqual([
      one,
      expect.closeTo(1 / 2),
      expect.closeTo(1 / 3),
    ]);
    // Three pictures are too few.
    expect(outcome.map50SeenInterval).toBeNull();
  });

  it('omits checkpoints from Ω where joint training scores 0 or has no score', async () => {
    const { session } = sessionOf(true, [0, null, 1]);
    expect((await runSteps(session, steps)).omega).toBeCloseTo(1 / 3);
    const without = sessionOf(true, [0, null, null]);
    expect((await runSteps(without.session, steps)).omega).toBe(null);
  });

  it('evaluates at most checkpointsMax times, with the classes in between as one task', async () => {
    const { session, requested } = sessionOf(false, [1, 1]);
    const outcome = await runSteps({ ...session, checkpointsMax: 2 }, steps);
    expect(requested).toEqual([[2, 3]]);
    expect(outcome.perStep.map(({ step, introduced }) => [step, introduced])).toEqual([
      [2, ['cup', 'hat']],
      [3, ['pen']],
    ]);
  });

  it('awaits the callback before each step', async () => {
    const { session } = sessionOf(false, [1, 1, 1]);
    const known: [number, number][] = [];
    await runSteps(session, steps, async (i) => {
      await Promise.resolve();
      known.push([i, session.learner.head.classes.length]);
    });
    expect(known).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it('rejects steps without a tested class', async () => {
    const { session } = sessionOf(false, []);
    const untested = { ...session, test: { ...session.test, images: [imageOf('x', [])] } };
    await expect(runSteps(untested, steps)).rejects.toThrow('no class of the steps');
  });
});

describe('checkpoints', () => {
  it('score a class before its first label as 0, whatever was measured', () => {
    const known = { ap: 0.5, ap50: 0.75, objects: 1 };
    const early = { scores: { cup: known }, bytes: 3 };
    const late = { scores: { cup: known, hat: known, pen: known }, bytes: 5 };
    const outcome = outcomeOf(steps, [1, 3], [early, late]);
    expect(outcome).toMatchObject({ map50: 0.75, map: 0.5, omega: null, forgetting: 0, fwt: 0 });
    expect(outcome.perStep.map(({ introduced, bytes }) => [introduced, bytes])).toEqual([
      [['cup'], 3],
      [['hat', 'pen'], 5],
    ]);
  });

  it('are spread evenly over steps with a tested class, and include the last step', () => {
    expect(pickCheckpoints(new Array<boolean>(31).fill(true), 4)).toEqual([8, 16, 24, 31]);
    expect(pickCheckpoints([false, true, true, false], 8)).toEqual([2, 4]);
    expect(pickCheckpoints([true, false, true, false, true, true], 2)).toEqual([3, 6]);
    expect(pickCheckpoints([false, false], 8)).toEqual([]);
  });
});
