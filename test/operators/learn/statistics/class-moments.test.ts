import { describe, expect, it } from 'vitest';
import { ClassMoments } from '../../../../operators/learn/statistics/class-moments.ts';
import { Gram } from '../../../../operators/foundation/linear-algebra/gram.ts';
import { RowSums } from '../../../../operators/foundation/linear-algebra/row-sums.ts';

const cat = {
  rows: Float32Array.of(1, 2, 3, 5, 0, 1),
  targets: Float32Array.of(1, 0.5),
  weight: 1,
};
const dog = { rows: Float32Array.of(4, 0, 2), targets: Float32Array.of(1), weight: 1 };
const nothing = Float32Array.of(0, 1, 1);

describe.each([
  ['second moments', () => new Gram(3)],
  ['sums alone', () => new RowSums(3)],
])('class moments with %s', (_, create) => {
  const filled = (): ClassMoments => {
    const moments = new ClassMoments(create());
    moments.addExample('cat', cat, 1);
    moments.addExample('dog', dog, 1);
    moments.addNegatives(nothing, 4);
    return moments;
  };

  it('weigh the rows of a class by their targets', () => {
    const moments = filled();
    expect(moments.of('cat')).toEqual({
      examples: 1,
      features: Float64Array.of(3.5, 2, 3.5, 1.5),
      squares: 1.25,
    });
    expect(moments.of('bird')).toBeUndefined();
    expect(moments.ofAnyClass().features).toEqual(Float64Array.of(7.5, 2, 5.5, 2.5));
    expect(moments.all.sums()).toEqual(Float64Array.of(10, 6, 10, 7));
    expect(moments.all.rows).toBe(4);
  });

  it('are empty once all rows are removed, while clones are unchanged', () => {
    const moments = filled();
    const before = moments.clone();
    moments.addExample('dog', dog, -1);
    moments.addNegatives(nothing, -4);
    moments.addExample('cat', cat, -1);
    expect(moments.hasClasses).toBe(false);
    expect(moments.all.values.every((value) => value === 0)).toBe(true);
    expect(before.contents()).toEqual(filled().contents());
  });

  it('of the leading features equal those of rows with only these features', () => {
    const short = new ClassMoments(create().leading(2));
    short.addExample('cat', { ...cat, rows: Float32Array.of(1, 2, 5, 0) }, 1);
    short.addExample('dog', { ...dog, rows: Float32Array.of(4, 0) }, 1);
    short.addNegatives(nothing.subarray(0, 2), 4);
    expect(filled().leading(2).contents()).toEqual(short.contents());
    expect(filled().leading(2).features).toBe(2);
  });

  it('count the bytes of all their vectors', () => {
    const moments = filled();
    expect(moments.bytes).toBe(moments.all.values.byteLength + 2 * 4 * 8);
  });
});
