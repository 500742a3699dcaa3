import { expect, it } from 'vitest';
import { codeUnitOrder } from '../../../../operators/foundation/files/code-unit-order.ts';

it('orders names by code units: upper case first, accents last, digits by character', () => {
  const names = ['é.jpg', 'b.jpg', 'B.jpg', '10.jpg', '9.jpg'];
  expect(names.sort(codeUnitOrder)).toEqual(['10.jpg', '9.jpg', 'B.jpg', 'b.jpg', 'é.jpg']);
  expect(codeUnitOrder('same', 'same')).toBe(0);
});
