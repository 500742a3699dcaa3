import { expect, it } from 'vitest';
import { naturalOrder } from '../../../../operators/foundation/files/natural-order.ts';

it('natural order compares numbers by value, and is total', () => {
  const names = ['frame10.jpg', 'frame2.jpg', 'frame02.jpg', 'frame1.jpg', 'a.jpg'];
  expect(names.sort(naturalOrder)).toEqual([
    'a.jpg',
    'frame1.jpg',
    'frame02.jpg',
    'frame2.jpg',
    'frame10.jpg',
  ]);
  expect(naturalOrder('1', '01')).toBe(-naturalOrder('01', '1'));
  expect(naturalOrder('1', '01')).not.toBe(0);
  expect(naturalOrder('same', 'same')).toBe(0);
});
