import { describe, expect, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { HeadHistory, HeadHistoryError } from '../../../operators/swap/head-history.ts';
import { draft } from './sample-head.ts';

function lineOf(accepted: number, keep = 20): HeadHistory {
  const line = new HeadHistory(emptyHead(), { keep });
  for (let i = 0; i < accepted; i++) line.accept(line.number(draft([`c${i}`])));
  return line;
}

describe('head history', () => {
  it('starts with the empty head and numbers accepted ones from 1', () => {
    const line = new HeadHistory(emptyHead());
    expect([line.active.version, line.previous]).toEqual([0, null]);
    const head = line.number(draft(['cat']));
    expect([head.version, line.active.version]).toEqual([1, 0]);
    expect(line.accept(head)).toEqual({ head, parent: 0 });
    expect([line.active, line.previous?.version]).toEqual([head, 0]);
  });

  it('uses no version twice, though a numbered head is never accepted', () => {
    const line = lineOf(1);
    line.number(draft(['lost']));
    expect(line.accept(line.number(draft(['cat']))).head.version).toBe(3);
    expect(line.versions).toEqual([0, 1, 3]);
  });

  it('knows the head that a frame was detected with before it is accepted', () => {
    const line = lineOf(1);
    const head = line.number(draft(['cat']));
    // One of several workers has it already.
    expect(line.detectedWith(2)).toBe(head);
    expect(line.detectedWith(1)).toBe(line.active);
    expect(line.detectedWith(0).classes).toEqual([]);
    expect(line.detectedWith(77)).toBe(line.active);
    const renamed = (each: Head): Head => ({
      ...each,
      classes: each.classes.map((name) => `${name}2`),
    });
    line.replace(renamed);
    expect(line.detectedWith(2).classes).toEqual(['cat2']);
    line.accept(head);
    line.replace(renamed);
    expect(line.detectedWith(2)).toBe(line.active);
    expect(line.active.classes).toEqual(['cat2']);
    expect(line.detectedWith(1).version).toBe(1);
  });

  it('goes on growing from the newest version after a rollback', () => {
    const line = lineOf(5);
    expect(line.rollback(3).version).toBe(3);
    expect(line.versions).toEqual([0, 1, 2, 3, 4, 5]);
    const { head, parent } = line.accept(line.number(draft(['cat'])));
    expect([head.version, parent]).toEqual([6, 3]);
    expect(line.rollback().version).toBe(3);
  });

  it('goes back step by step without a version, and stops at the first head', () => {
    const line = lineOf(2);
    expect(line.target().version).toBe(1);
    expect(line.active.version).toBe(2);
    expect([line.rollback().version, line.rollback().version]).toEqual([1, 0]);
    expect(() => line.rollback()).toThrow(
      new HeadHistoryError('no-previous', 'there is no earlier head to roll back to'),
    );
    expect(line.active.version).toBe(0);
  });

  it('names the versions it holds when asked for another', () => {
    expect(() => lineOf(2).rollback(7)).toThrow('head 7 is not held; held are 0, 1, 2');
  });

  it('holds a bounded number of heads: the first, the active, its parent and the newest', () => {
    const line = lineOf(3, 4);
    line.rollback(1);
    for (let i = 0; i < 3; i++) line.accept(line.number(draft([`d${i}`])));
    expect(line.versions).toEqual([0, 4, 5, 6]);
    line.rollback(4);
    line.accept(line.number(draft(['e'])));
    expect(line.versions).toEqual([0, 4, 6, 7]);
    expect(line.rollback().version).toBe(4);
  });

  it('goes on where an earlier line ended', () => {
    const before = lineOf(4);
    before.rollback(2);
    const line = new HeadHistory(emptyHead(), {
      held: [4, 3, 2, 1].map((version) => before.get(version)!),
      activeVersion: 2,
      newestVersion: 9,
    });
    expect([line.active, line.previous?.version]).toEqual([before.active, 1]);
    expect(line.number(draft([])).version).toBe(10);
  });

  it('holds from its start what other models need when they are back', () => {
    const before = lineOf(4);
    const held = [1, 2, 3, 4].map((version) => before.get(version)!);
    const versionsWith = (options: object) =>
      new HeadHistory(emptyHead(), { held, activeVersion: 4, keep: 3, ...options }).versions;
    expect(versionsWith({})).toEqual([0, 3, 4]);
    expect(versionsWith({ keptFor: [1] })).toEqual([0, 1, 3, 4]);
  });

  it('refuses heads that it did not number', () => {
    const line = lineOf(1);
    expect(() => line.accept({ ...draft(['cat']), version: 9 })).toThrow(RangeError);
    expect(() => line.accept(line.active)).toThrow(RangeError);
  });

  it('refuses to keep fewer heads than it needs', () => {
    expect(() => new HeadHistory(emptyHead(), { keep: 2 })).toThrow(RangeError);
  });
});
