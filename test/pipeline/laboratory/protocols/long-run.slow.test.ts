import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  denseLatentLength,
  cropEmbeddingLength,
  type Peaks,
} from '../../../../operators/detect/engines/engine.ts';
import type { Head } from '../../../../operators/detect/heads/head.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { manyClasses } from '../../../../operators/ingest/world/many-classes.ts';
import type { Scenario } from '../../../../operators/ingest/world/scenario.ts';
import type { Change } from '../../../../operators/learn/strategy.ts';
import type { ProtocolOutcome } from '../../../../pipeline/laboratory/learning/learning-report.ts';
import { longRun, runWorld } from '../../../../pipeline/laboratory/protocols/long-run.ts';
import type { LearningSession } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import {
  type StillFrame,
  StillWorld,
} from '../../../../pipeline/laboratory/protocols/still-world.ts';
import { makePeaks } from '../../../operators/detect/make-peaks.ts';
import { fakeEngine } from '../../../operators/learn/fake-engine.ts';

const seed = 3;
const viewSize = 64;
// The world of the protocol at a quarter of its size, which renders in a sixteenth of the time.
const scenario: Scenario = {
  ...manyClasses(5, seed),
  width: 160,
  height: 120,
  objectSize: [29, 40],
  speed: [18, 30],
};
const names = scenario.classes.map(({ name }) => name);

/** Frames of the expected test world: all classes from the start, another seed. */
async function testFrames(): Promise<ReadonlyMap<string, StillFrame>> {
  const classes = scenario.classes.map((own) => ({ ...own, fromFrame: 0 }));
  const world = new StillWorld({ ...scenario, classes, seed: seed + 2 ** 31 }, viewSize);
  const frames = new Map<string, StillFrame>();
  for (let i = 1; i <= 24; i++) {
    const frame = await world.skipTo(45 * i);
    frames.set(Buffer.from(frame.view).toString('latin1'), frame);
  }
  return frames;
}

/** The objects of a frame as peaks with the latents of their classes. */
function peaksOf({ clear, hidden }: StillFrame): Peaks {
  const truths = [...clear, ...hidden];
  const [across, down] = [viewSize / scenario.width, viewSize / scenario.height];
  const rows = truths.map(({ box: [x0, y0, x1, y1] }) => ({
    box: [x0 * across, y0 * down, x1 * across, y1 * down] as const,
    objectness: 0.9,
  }));
  const latents = new Float32Array(rows.length * denseLatentLength);
  for (const [i, truth] of truths.entries()) {
    latents[i * denseLatentLength + names.indexOf(truth.class)] = 1;
  }
  return { ...makePeaks(rows), latents };
}

const frames = await testFrames();

type Update = Omit<Change, 'replay'>;

/** A session in the world of 5 classes; a learner that forgets knows only its last update. */
async function runSession(checkpointsMax: number, forgets = false) {
  const updates: Update[] = [];
  const evaluatedAfter = new Set<number>();
  let known: string[] = [];
  let head: Head = emptyHead();
  const session: Partial<LearningSession> = {
    seed,
    viewSize,
    checkpointsMax,
    log: pino({ level: 'silent' }),
    signal: new AbortController().signal,
    engine: {
      ...fakeEngine(),
      embedCrops: async (_crops, _logSizes, count) => new Float32Array(count * cropEmbeddingLength),
      detect: async (view) => {
        evaluatedAfter.add(updates.length);
        return peaksOf(frames.get(Buffer.from(view).toString('latin1'))!);
      },
    },
    learner: {
      get head() {
        return head;
      },
      bytes: 7,
      learn: () => Promise.reject(new Error('the world has no stored pictures')),
      update: async (update) => {
        updates.push(update);
        const labels = update.added.flatMap(({ label }) => label ?? []);
        known = [...new Set([...(forgets ? [] : known), ...labels])];
        head = headKnowing(known);
        return head;
      },
    },
  };
  const outcome = await runWorld(session as LearningSession, scenario);
  return { outcome, updates, evaluatedAfter };
}

function headKnowing(classes: readonly string[]): Head {
  const weights = new Float32Array(classes.length * denseLatentLength);
  for (const [k, name] of classes.entries())
    weights[k * denseLatentLength + names.indexOf(name)] = 1;
  const bias = new Float32Array(classes.length);
  const thresholds = new Float32Array(classes.length).fill(0.5);
  return {
    ...emptyHead(),
    classes,
    dense: { weights, bias, length: denseLatentLength },
    thresholds,
  };
}

describe('a long run', () => {
  it('is offered with 5, 20 and 200 classes', () => {
    expect(longRun.map(({ name }) => name)).toEqual(['long-run-5', 'long-run-20', 'long-run-200']);
  });

  let outcome: ProtocolOutcome;
  let updates: readonly Update[];
  let evaluatedAfter: ReadonlySet<number>;
  beforeAll(async () => {
    ({ outcome, updates, evaluatedAfter } = await runSession(100));
  });

  it('labels one frame in 60 completely, over 500 frames per class', () => {
    expect(updates).toHaveLength(Math.floor((5 * 500) / 60));
    const ids = updates.flatMap(({ added }) => added.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^world\/\d+\/(not)?\d+$/.test(id))).toEqual([]);
    expect(updates.some(({ background }) => background.length > 0)).toBe(true);
  });

  it('adds a class every 450 frames, and earlier classes recur', () => {
    const labelsAt = updates.map(({ added }) => new Set(added.map(({ label }) => label)));
    for (const [order, name] of names.entries()) {
      const labelledAt = labelsAt.flatMap((labels, i) => (labels.has(name) ? [60 * (i + 1)] : []));
      expect(labelledAt[0]).toBeGreaterThanOrEqual(450 * order);
      expect(labelledAt[0]).toBeLessThan(450 * (order + 1));
      if (order < 3) expect(labelledAt.at(-1)).toBeGreaterThan(450 * (order + 1));
    }
  });

  it('detects all classes in the test world', () => {
    expect(outcome.map50).toBeCloseTo(1);
    expect(Object.keys(outcome.perClass).sort()).toEqual(names.toSorted());
    expect(outcome).toMatchObject({ forgetting: 0, bwt: 0, omega: null });
  });

  it('evaluates where a testable class was introduced, and always after the last update', () => {
    const { perStep } = outcome;
    expect(perStep.flatMap(({ introduced }) => introduced).toSorted()).toEqual(names.toSorted());
    expect(perStep.every(({ introduced }) => introduced.length > 0)).toBe(true);
    expect(perStep.at(-1)).toMatchObject({ step: updates.length, seen: 5, bytes: 7 });
    expect(perStep.every(({ step }) => evaluatedAfter.has(step))).toBe(true);
    expect(perStep.map(({ map50 }) => Math.round(map50! * 100))).toEqual(perStep.map(() => 100));
  });

  it('evaluates at most checkpointsMax times, and measures what a learner forgets', async () => {
    const forgetful = await runSession(2, true);
    expect([...forgetful.evaluatedAfter]).toEqual([21, 41]);
    const { perStep, forgetting, map50 } = forgetful.outcome;
    expect(perStep.map(({ step }) => step)).toEqual([21, 41]);
    const knownAfter = (step: number, classes: readonly string[]) => {
      const labels = forgetful.updates[step - 1]!.added.map(({ label }) => label);
      return classes.filter((name) => labels.includes(name)).length / classes.length;
    };
    const early = perStep[0]!.introduced;
    expect(forgetting).toBeCloseTo(knownAfter(21, early) - knownAfter(41, early));
    expect(map50).toBeCloseTo(knownAfter(41, names));
    expect(map50).toBeLessThan(1);
    expect(forgetting).toBeGreaterThan(0);
  });
});
