import { expect, it } from 'vitest';
import { withNames } from '../../../operators/swap/named-head.ts';
import { draft } from './sample-head.ts';

const head = { ...draft(['k1', 'k2', 'k3'], { crop: true }), classIds: ['k1', 'k2', 'k3'] };

it('a head gets the names of its classes, and keeps its weights', () => {
  const named = withNames(head, (id) => `class ${id}`);
  expect(named).toEqual({ ...head, classes: ['class k1', 'class k2', 'class k3'] });
});

it('classes without a name are left out with their weights', () => {
  const named = withNames(head, (id) => (id === 'k2' ? null : id));
  expect(named.classes).toEqual(['k1', 'k3']);
  expect(named.classIds).toEqual(['k1', 'k3']);
  expect(named.thresholds).toHaveLength(2);
  for (const layer of ['dense', 'crop'] as const) {
    const { weights, bias, length } = named[layer]!;
    expect([weights.length, bias.length]).toEqual([2 * length, 2]);
    expect(weights.subarray(length)).toEqual(head[layer]!.weights.subarray(2 * length));
  }
});

it('of several classes with one name, the first stays', () => {
  expect(withNames(head, (id) => (id === 'k3' ? 'k1' : id)).classIds).toEqual(['k1', 'k2']);
});

it('a head that knows no ids stays as it is', () => {
  const { classIds: _, ...bare } = head;
  expect(withNames(bare, () => null)).toBe(bare);
});
