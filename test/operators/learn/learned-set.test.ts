import { describe, expect, it } from 'vitest';
import { LearnedSet } from '../../../operators/learn/learned-set.ts';
import type { Example } from '../../../operators/learn/strategy.ts';
import { LearnedSetWorld } from './learned-set-world.ts';
import { makeExample } from './make-example.ts';

const always = (id: string, label: string | null) => ({ ...makeExample('x', 'a'), id, label });
const never = () => undefined;
const learned = (...entries: (readonly [string, string | null])[]) =>
  new LearnedSet({ entries, sealed: [] });
const keyOf = ({ id, label }: Pick<Example, 'id' | 'label'>) => `${id}:${label ?? '-'}`;

describe('LearnedSet', () => {
  it('adds what is wanted, and finds no difference afterwards', () => {
    const wanted = [
      ['s1', 'c1'],
      ['s2', null],
      ['s3', undefined],
    ] as const;
    const { added, removed, isEmpty, after } = new LearnedSet().diff(wanted, always);
    expect(added.map(keyOf)).toEqual(['s1:c1', 's2:-']);
    expect(removed).toEqual([]);
    expect(isEmpty).toBe(false);
    expect(after.diff(wanted, always).isEmpty).toBe(true);
  });

  it('does not change before an update has succeeded', () => {
    const set = learned(['s1', 'c1']);
    set.diff([['s1', 'c2']], always);
    set.diff([['s1', 'c2']], never);
    expect(set.contents).toEqual({ entries: [['s1', 'c1']], sealed: [] });
  });

  it('relabels by removing the old example and adding the new one, of the same vectors', () => {
    const { added, removed, after } = learned(['s1', 'c1']).diff([['s1', 'c2']], always);
    expect(removed.map(keyOf)).toEqual(['s1:c1']);
    expect(added.map(keyOf)).toEqual(['s1:c2']);
    expect(added[0]!.dense).toEqual(removed[0]!.dense);
    expect(after.labelOf('s1')).toBe('c2');
  });

  it('removes a sample that is not wanted, and one that nobody mentions', () => {
    const set = learned(['s1', 'c1'], ['s2', null]);
    const { removed, after } = set.diff([['s1', undefined]], always);
    expect(removed.map(keyOf)).toEqual(['s1:c1', 's2:-']);
    expect(after.size).toBe(0);
  });

  it('does nothing about the withdrawal of a sample that was never learned', () => {
    const difference = learned(['s1', 'c1']).diff(
      [
        ['s1', 'c1'],
        ['s2', undefined],
      ],
      always,
    );
    expect(difference).toMatchObject({ added: [], removed: [], unremovable: [], isEmpty: true });
  });

  it('does not learn a wanted sample whose vectors are gone', () => {
    const difference = new LearnedSet().diff([['s1', 'c1']], never);
    expect(difference).toMatchObject({ added: [], unremovable: [], isEmpty: true });
  });

  it('seals a sample whose label changed when its vectors are gone, and says so once', () => {
    const wanted = [['s1', 'c2']] as const;
    const { unremovable, after, isEmpty } = learned(['s1', 'c1']).diff(wanted, never);
    expect(unremovable).toEqual([{ sampleId: 's1', label: 'c1' }]);
    expect(isEmpty).toBe(true);
    expect(after.contents).toEqual({ entries: [], sealed: [['c1', 1]] });
    expect(after.diff(wanted, never).unremovable).toEqual([]);
  });

  it('keeps a sample whose vectors are gone as long as its label stays', () => {
    const difference = learned(['s1', 'c1']).diff([['s1', 'c1']], never);
    expect(difference).toMatchObject({ unremovable: [], isEmpty: true });
    expect(difference.after.labelOf('s1')).toBe('c1');
  });

  it('moves what is sealed of a merged class, over several merges, and drops that of a removed one', () => {
    const set = new LearnedSet({
      entries: [],
      sealed: [
        ['c1', 2],
        ['c3', 1],
        ['c4', 5],
        [null, 3],
      ],
    });
    const successors = new Map([
      ['c1', 'c2'],
      ['c2', 'c3'],
      ['c4', null],
    ]);
    const { moved, after, isEmpty } = set.diff([], never, successors);
    expect(moved).toEqual([
      { from: 'c1', to: 'c3' },
      { from: 'c4', to: null },
    ]);
    expect(isEmpty).toBe(false);
    expect(after.contents.sealed).toEqual([
      ['c3', 3],
      [null, 3],
    ]);
    expect(after.diff([], never, successors).isEmpty).toBe(true);
  });

  it('merges a class with and without vectors, and takes neither for unremovable', () => {
    const set = learned(['s1', 'c1'], ['s2', 'c1']);
    const kept = (id: string, label: string | null) =>
      id === 's1' ? always(id, label) : undefined;
    const wanted = [
      ['s1', 'c2'],
      ['s2', 'c2'],
    ] as const;
    const difference = set.diff(wanted, kept, new Map([['c1', 'c2']]));
    expect(difference.removed.map(keyOf)).toEqual(['s1:c1']);
    expect(difference.added.map(keyOf)).toEqual(['s1:c2']);
    expect(difference.moved).toEqual([{ from: 'c1', to: 'c2' }]);
    expect(difference.unremovable).toEqual([]);
    expect(difference.after.contents).toEqual({ entries: [['s1', 'c2']], sealed: [['c2', 1]] });
  });

  it('moves a merged class of which nothing is left, and only once', () => {
    const set = learned(['s1', 'c1'], ['s2', 'c3']);
    const successors = new Map([
      ['c1', 'c2'],
      ['c3', null],
    ]);
    const wanted = [['s1', 'c2']] as const;
    const { moved, after } = set.diff(wanted, always, successors);
    expect(moved).toEqual([
      { from: 'c1', to: 'c2' },
      { from: 'c3', to: null },
    ]);
    expect(after.contents).toEqual({ entries: [['s1', 'c2']], sealed: [] });
    expect(after.diff(wanted, always, successors).isEmpty).toBe(true);
  });

  it('gives a large difference in parts, each of which can be learned alone', () => {
    let set = learned(['s1', 'c1'], ['s2', 'c1'], ['s3', 'c1']);
    set.seal('s3');
    const wanted = ['s1', 's2', 's4'].map((id) => [id, 'c2'] as const);
    const parts: unknown[] = [];
    for (let isWhole = false; !isWhole;) {
      const part = set.diff(wanted, always, new Map([['c1', 'c2']]), 1);
      const moved = part.moved.map(({ from, to }) => `${from}>${to}`);
      parts.push([part.removed.map(keyOf), part.added.map(keyOf), moved]);
      set = part.after;
      isWhole = part.isWhole;
    }
    expect(parts).toEqual([
      [['s1:c1'], [], []],
      [['s2:c1'], [], ['c1>c2']],
      [[], ['s1:c2'], []],
      [[], ['s2:c2'], []],
      [[], ['s4:c2'], []],
    ]);
    expect(set.contents.sealed).toEqual([['c2', 1]]);
  });

  it('seals samples that were evicted during the update', () => {
    const set = learned(['s1', 'c1'], ['s2', 'c1'], ['s3', null]);
    expect(set.sealMissing((id) => id === 's2')).toBe(2);
    expect(set.contents.entries).toEqual([['s2', 'c1']]);
    expect([set.sealedOf('c1'), set.sealedOf(null)]).toEqual([1, 1]);
  });

  it.each([
    [
      {
        entries: [
          ['s1', 'a'],
          ['s1', 'b'],
        ],
        sealed: [],
      },
      'twice',
    ],
    [{ entries: [], sealed: [['a', 0]] }, 'seals 0 samples of a'],
    [{ entries: [], sealed: [[null, 1.5]] }, 'seals 1.5 samples of no class'],
  ] as const)('refuses contents %j', (contents, reason) => {
    expect(() => new LearnedSet(contents)).toThrow(reason);
  });

  it('refuses successors that go round in a circle', () => {
    const set = new LearnedSet({ entries: [], sealed: [['a', 1]] });
    const circle = new Map([
      ['a', 'b'],
      ['b', 'a'],
    ]);
    expect(() => set.diff([], never, circle)).toThrow('its own successor');
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'describes exactly what the learner was given, whatever happens (seed %d)',
    (seed) => new LearnedSetWorld(seed).live(200),
  );
});
