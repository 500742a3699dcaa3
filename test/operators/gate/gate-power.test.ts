import { describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../operators/detect/engines/engine.ts';
import { evaluateCandidate } from '../../../operators/gate/gate.ts';
import { LiveEvidence } from '../../../operators/gate/live-evidence.ts';
import { predictSample } from '../../../operators/gate/predict-samples.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import { gateSample, GateWorld, trainHead, type WorldRow } from './gate-world.ts';

const names = ['cone', 'vase', 'drone', 'robot', 'parcel', 'lobster'];
const sizes = [3, 5, 10, 20];
/** Labelled live samples after a swap: confirmed and corrected tracks, some of them no object. */
const liveSamples = 200;

interface Case {
  readonly world: GateWorld;
  readonly training: readonly WorldRow[];
  readonly active: HeadDraft;
  readonly heldOut: readonly WorldRow[];
}

function caseOf(seed: number, heldOutPerClass: number): Case {
  const world = new GateWorld(seed);
  const rowsOf = (perClass: number, background: number) => [
    ...names.flatMap((name) => world.rows(name, perClass)),
    ...world.rows(null, background),
  ];
  const training = rowsOf(20 + 4 * heldOutPerClass, 100);
  const heldOut = rowsOf(heldOutPerClass, 40);
  return { world, training, active: trainHead(training), heldOut };
}

/** What becomes of a candidate: refused by the gate, rolled back by live samples, or kept. */
function outcomeOf({ world, active, heldOut }: Case, candidate: HeadDraft): string {
  const samples = heldOut.map((row) => gateSample(row));
  const verdict = evaluateCandidate({ candidate, active, heldOut: samples });
  if (!verdict.accepted) return `refused: ${verdict.reason}`;
  const evidence = new LiveEvidence();
  evidence.swapped(2, 1, () => undefined);
  for (let i = 0; i < liveSamples; i++) {
    const name = i % 4 === 3 ? null : names[Math.floor(world.random() * names.length)]!;
    const sample = gateSample(world.rows(name, 1)[0]!);
    const regression = evidence.note({
      sampleId: `s${i}`,
      class: name,
      active: predictSample(candidate, sample),
      reference: predictSample(active, sample),
    });
    if (regression !== null) return `rolled back: ${regression.reason}`;
  }
  return 'kept';
}

/** Largest fall of a class's recall, and rise of what background it fires on, on new samples. */
function harmOf({ world, active }: Case, candidate: HeadDraft): number {
  const share = (head: HeadDraft, name: string | null, rows: readonly WorldRow[]) =>
    rows.filter((row) => predictSample(head, gateSample(row)) === name).length / rows.length;
  return Math.max(
    ...[...names, null].map((name) => {
      const rows = world.rows(name, 200);
      return share(active, name, rows) - share(candidate, name, rows);
    }),
  );
}

type Change = (subject: Case) => HeadDraft;

const regressions: Record<string, Change> = {
  'the weights of a class are disturbed': ({ world, active }) => {
    const weights = active.dense.weights.slice();
    const rms = Math.sqrt(weights.reduce((sum, value) => sum + value ** 2, 0) / (6 * 24));
    for (let i = 0; i < 24; i++) weights[i]! += 5 * rms * world.gaussian();
    return { ...active, dense: { ...active.dense, weights } };
  },
  'the threshold of a class is raised': ({ active }) => {
    const thresholds = active.thresholds.slice();
    thresholds[1] = 0.9999;
    return { ...active, thresholds };
  },
  'the rows of two classes are swapped': ({ active }) => {
    const weights = active.dense.weights.slice();
    const bias = active.dense.bias.slice();
    const length = denseLatentLength;
    weights.set(active.dense.weights.subarray(2 * length, 3 * length), 3 * length);
    weights.set(active.dense.weights.subarray(3 * length, 4 * length), 2 * length);
    bias[2] = active.dense.bias[3]!;
    bias[3] = active.dense.bias[2]!;
    return { ...active, dense: { ...active.dense, weights, bias } };
  },
  'samples of two classes are labelled as each other': ({ training }) => {
    const other = new Map([
      ['parcel', 'robot'],
      ['robot', 'parcel'],
    ]);
    let count = 0;
    const mistaken = (label: string) =>
      other.has(label) && ++count % 5 > 1 ? other.get(label)! : label;
    return trainHead(
      training.map((row) => ({ ...row, label: row.label === null ? null : mistaken(row.label) })),
    );
  },
  'a class is learned as background too': ({ training }) => {
    const objects = training.filter(({ label }) => label === 'lobster');
    return trainHead([
      ...training,
      ...Array.from({ length: 8 }, () => objects.map((row) => ({ ...row, label: null }))).flat(),
    ]);
  },
};

const harmless: Record<string, Change> = {
  'is trained on a bootstrap of the same samples': ({ world, training }) =>
    trainHead(
      names
        .flatMap((name) => world.bootstrap(training.filter(({ label }) => label === name)))
        .concat(training.filter(({ label }) => label === null)),
    ),
  'is trained on more samples': ({ world, training }) =>
    trainHead([...training, ...names.flatMap((name) => world.rows(name, 5))]),
  'is trained on more background': ({ world, training }) =>
    trainHead([...training, ...world.rows(null, 100)]),
  'has a further class': ({ world, training }) =>
    trainHead([...training, ...world.rows('bucket', 12)]),
  'has a shifted threshold': ({ active }) => ({
    ...active,
    thresholds: active.thresholds.map((value) => value * 1.03),
  }),
};

function outcomes(changes: Record<string, Change>, firstSeed: number) {
  return Object.entries(changes).flatMap(([what, change], kind) =>
    sizes.map((size, i) => {
      const subject = caseOf(firstSeed + 10 * kind + i, size);
      const candidate = change(subject);
      return {
        what: `${what}, ${size} held out`,
        harm: harmOf(subject, candidate),
        outcome: outcomeOf(subject, candidate),
      };
    }),
  );
}

describe('the gate and live samples', () => {
  it.each([100, 1100])('refuse or roll back at least 19 of 20 regressions (seed %i)', (seed) => {
    const results = outcomes(regressions, seed);
    for (const { what, harm } of results) expect(harm, what).toBeGreaterThan(0.2);
    const kept = results.filter(({ outcome }) => outcome === 'kept');
    expect(results).toHaveLength(20);
    expect(
      kept.length,
      kept.map(({ what, harm }) => `${what}: harm ${harm}`).join('\n'),
    ).toBeLessThanOrEqual(1);
  });

  it.each([500, 1500])('accept and keep at least 19 of 20 harmless heads (seed %i)', (seed) => {
    const results = outcomes(harmless, seed);
    const lost = results.filter(({ outcome }) => outcome !== 'kept');
    expect(results).toHaveLength(20);
    expect(
      lost.length,
      lost.map(({ what, harm, outcome }) => `${what}: harm ${harm}, ${outcome}`).join('\n'),
    ).toBeLessThanOrEqual(1);
  });
});
