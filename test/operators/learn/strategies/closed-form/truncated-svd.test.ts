import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../../operators/detect/engines/engine.ts';
import type { LinearLayer } from '../../../../../operators/detect/heads/head.ts';
import { liftRows } from '../../../../../operators/detect/heads/lift.ts';
import { createTruncatedSvd } from '../../../../../operators/learn/strategies/closed-form/truncated-svd.ts';
import type { Example } from '../../../../../operators/learn/strategy.ts';
import { changeOf, makeExample, makeExamples } from '../../make-example.ts';
import { planeFromRows, scaledOutputs, type LabelledRow } from '../../truncated-plane.ts';
import { draftDifference } from '../draft-difference.ts';

const options = { seed: 5, randomFeatures: 96 };
const shape = { crops: 2, cells: 1 };
const added = [
  ...['a', 'b', 'c'].flatMap((label) => makeExamples(label, 5, shape)),
  ...[1, 2, 3].map((i) => makeExample(`nothing ${i}`, null, shape)),
];

/** The random features of every crop, from the embeddings themselves. */
function rowsOf(examples: readonly Example[], features: number): LabelledRow[] {
  const lift = { kind: 'random', seed: options.seed, rows: features } as const;
  return examples.flatMap(({ label, embeddings }) => {
    const lifted = liftRows(lift, embeddings, cropEmbeddingLength);
    return Array.from({ length: lifted.length / features }, (_, row) => {
      return { label, values: lifted.subarray(row * features, (row + 1) * features) };
    });
  });
}

function largestError(
  layer: LinearLayer,
  rows: readonly LabelledRow[],
  classes: readonly string[],
  kept: number,
): number {
  const errors = classes.flatMap((label, row) => {
    const weights = layer.weights.subarray(row * layer.length, (row + 1) * layer.length);
    const expected = scaledOutputs(planeFromRows(rows, label, kept), rows, label);
    return rows.map(({ values }, i) => {
      const output = values.reduce((sum, x, f) => sum + x * weights[f]!, layer.bias[row]!);
      return Math.abs(output - expected[i]!);
    });
  });
  return Math.max(...errors);
}

describe('truncated-svd', () => {
  it('solves what truncated least squares on the random features of all crops does', async () => {
    const { crop, classes } = await createTruncatedSvd(options).update(changeOf({ added }));
    const rows = rowsOf(added, 96);
    expect(rows).toHaveLength(36);
    expect(crop!.lift).toEqual({ kind: 'random', seed: 5, rows: 96 });
    expect(largestError(crop!, rows, classes, 27)).toBeLessThan(1e-4);
    expect(largestError(crop!, rows, classes, 26)).toBeGreaterThan(1e-3);
    expect(largestError(crop!, rows, classes, 28)).toBeGreaterThan(1e-3);
  });

  it('forgets removed examples to float32, however many updates there were', async () => {
    const strategy = createTruncatedSvd(options);
    const others = makeExamples('d', 8, shape);
    for (const example of others) await strategy.update(changeOf({ added: [example] }));
    for (const example of added) await strategy.update(changeOf({ added: [example] }));
    let draft = await strategy.update(changeOf({ removed: others.slice(0, 1) }));
    for (const example of others.slice(1)) {
      draft = await strategy.update(changeOf({ removed: [example] }));
    }
    const never = await createTruncatedSvd(options).update(changeOf({ added }));
    expect(draftDifference(draft, never)).toBeLessThan(1e-6);
  });

  it('keeps its sums and their precision over a restore', async () => {
    const strategy = createTruncatedSvd(options);
    await strategy.update(changeOf({ added }));
    const restored = createTruncatedSvd(options);
    restored.restore(strategy.save());
    expect(restored.stateBytes).toBe(strategy.stateBytes);
    const change = changeOf({ removed: added.slice(0, 3) });
    expect(await restored.update(change)).toEqual(await strategy.update(change));
  });
});
