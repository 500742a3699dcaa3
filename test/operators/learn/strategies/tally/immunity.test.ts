import { describe, expect, it } from 'vitest';
import { vectorLayout } from '../../../../../operators/detect/engines/embedding-layout.ts';
import { createTally } from '../../../../../operators/learn/strategies/tally/tally.ts';
import type { Example } from '../../../../../operators/learn/strategy.ts';
import { changeOf } from '../../make-example.ts';
import { relativeDifference } from '../../statistics/scatter-difference.ts';
import { stateOf } from './tally-difference.ts';

const embedding = vectorLayout(4);
/** What the means of two classes differ. */
const apart = [3, -1, 0, 2, 0.5, 0];
const objectsPerClass = 10;
const wrongShare = 0.2;
const nothing = new Float32Array(0);

/**
 * An object with two embeddings on both sides of its own centre. Of two objects in turn the centres
 * lie on both sides of the class's mean.
 */
function makeObject(label: string, i: number): Example {
  const side = i % 2 === 0 ? 1 : -1;
  const pair = Math.floor(i / 2) + 1;
  const embeddings = [1, -1].flatMap((view) =>
    apart.map(
      (difference, k) =>
        (label === 'b' ? difference : 0) +
        side * Math.sin(pair * (k + 1)) +
        view * 0.3 * Math.cos(i + 2 * k),
    ),
  );
  const { length } = embeddings;
  expect(length).toBe(2 * embedding.length);
  return {
    id: `${label}${i}`,
    label,
    dense: nothing,
    denseTargets: nothing,
    embeddings: Float32Array.from(embeddings),
  };
}

const right = ['a', 'b'].flatMap((label) =>
  Array.from({ length: objectsPerClass }, (_, i) => makeObject(label, i)),
);
/** A fifth of each class has the name of the other: whole pairs, which have their class's mean. */
const wrong = right.map((example, i) =>
  i % objectsPerClass < wrongShare * objectsPerClass
    ? { ...example, label: example.label === 'a' ? 'b' : 'a' }
    : example,
);

/** The scatter that is kept of these examples: packed lower triangle. */
async function scatterOf(added: readonly Example[], orbit: number): Promise<number[]> {
  const strategy = createTally({ embedding, orbit });
  await strategy.update(changeOf({ added }));
  return stateOf(strategy, embedding)
    .crop.loaded()
    .flatMap((part) => [...part]);
}

const minus = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]!);

describe('wrong labels', () => {
  it('change nothing of the scatter of objects about their own means', async () => {
    const orbits = await Promise.all(
      [right, wrong].map(async (examples) =>
        minus(await scatterOf(examples, 1), await scatterOf(examples, 0)),
      ),
    );
    expect(Math.max(...orbits[0]!)).toBeGreaterThan(1);
    expect(relativeDifference(orbits[1]!, orbits[0]!)).toBeLessThan(1e-5);
  });

  it('add ε(1 - ε)ΔΔᵀ per row to the scatter about class means', async () => {
    const added = minus(await scatterOf(wrong, 0), await scatterOf(right, 0));
    const rows = right.length * 2;
    const expected = apart.flatMap((x, i) =>
      apart.slice(0, i + 1).map((y) => rows * wrongShare * (1 - wrongShare) * x * y),
    );
    expect(relativeDifference(added, expected)).toBeLessThan(1e-5);
  });
});
