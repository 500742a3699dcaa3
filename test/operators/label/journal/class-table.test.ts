import { expect, it } from 'vitest';
import { ClassTable } from '../../../../operators/label/journal/class-table.ts';
import type { Fact } from '../../../../operators/label/journal/journal-entry.ts';

function tableOf(...facts: readonly Fact[]): ClassTable {
  return new ClassTable(facts.map((fact, i) => ({ position: i + 1, atMs: 0, by: '', fact })));
}

const cone: Fact = { type: 'class', name: 'cone' };
const vase: Fact = { type: 'class', name: 'vase' };

it('classes are known by the position of the entry that created them, whatever their name', () => {
  const table = tableOf(cone, vase, { type: 'rename', class: 'k1', name: 'Traffic cone' });
  expect(table.present).toEqual([
    { id: 'k1', name: 'Traffic cone' },
    { id: 'k2', name: 'vase' },
  ]);
  expect(table.named('traffic CONE')).toEqual(['k1']);
  expect(table.named('cone')).toEqual([]);
});

it('a class that was merged is the other one, over several steps', () => {
  const table = tableOf(
    ...[cone, vase, { type: 'class', name: 'pot' } as const],
    { type: 'merge', class: 'k1', into: 'k2' },
    { type: 'merge', class: 'k2', into: 'k3' },
  );
  expect(table.resolve('k1')).toBe('k3');
  expect(table.nameOf('k1')).toBe('pot');
  expect(table.present.map(({ id }) => id)).toEqual(['k3']);
});

it('a circle of merges is not followed for ever', () => {
  const table = tableOf(
    ...[cone, vase],
    { type: 'merge', class: 'k1', into: 'k2' },
    { type: 'merge', class: 'k2', into: 'k1' },
  );
  expect(table.resolve('k1')).toBe('k2');
});

it('a removed class has no name, nor have those that were merged into it', () => {
  const table = tableOf(
    ...[cone, vase],
    { type: 'merge', class: 'k1', into: 'k2' },
    { type: 'remove', class: 'k2' },
  );
  expect([table.nameOf('k1'), table.nameOf('k2')]).toEqual([null, null]);
  expect(table.isRemoved('k1')).toBe(true);
  expect(table.ids).toEqual(['k1', 'k2']);
});
