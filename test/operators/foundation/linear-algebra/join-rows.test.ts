import { expect, it } from 'vitest';
import { joinRows } from '../../../../operators/foundation/linear-algebra/join-rows.ts';

it('joined rows follow each other in order', () => {
  expect(
    joinRows([Float32Array.of(1, 2, 3, 0), new Float32Array(0), Float32Array.of(7, 8)]),
  ).toEqual(Float32Array.of(1, 2, 3, 0, 7, 8));
});
