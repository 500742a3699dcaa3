import { describe, expect, it } from 'vitest';
import { BestHeads, bestVersionsMax } from '../../../operators/gate/best-heads.ts';
import type { ClassVerdict } from '../../../operators/gate/verdict.ts';

function verdict(
  counts: Record<
    string,
    readonly [before: number | null, after: number | null, best: number | null]
  >,
): { perClass: ClassVerdict[] } {
  return {
    perClass: Object.entries(counts).map(([name, [before, after, best]]) => ({
      class: name,
      ...{ before: null, after: null, samples: 10 },
      hits: { before, after, best },
      status: 'kept',
    })),
  };
}

describe('the best heads of classes', () => {
  it('are the newest where it reaches the best, and else the earlier one', () => {
    const best = new BestHeads();
    best.note(verdict({ cone: [null, 5, null], vase: [null, 3, null] }), 1, 0);
    best.note(verdict({ cone: [5, 4, 5], vase: [3, 3, 3] }), 2, 1);
    expect(best.contents.classes).toEqual([
      ['cone', 1, 5],
      ['vase', 2, 3],
    ]);
    best.note(verdict({ cone: [4, 5, 5], vase: [3, 4, 3] }), 3, 2);
    expect(best.versions).toEqual([3]);
  });

  it('are the head before where that one was the best', () => {
    const best = new BestHeads();
    best.note(verdict({ cone: [9, 8, 9] }), 7, 6);
    expect([...best.heads((version) => `head ${version}`)]).toEqual([['cone', 'head 6']]);
    expect(best.heads(() => undefined).size).toBe(0);
  });

  it('follow renamed classes and forget removed ones', () => {
    const best = new BestHeads({
      classes: [
        ['cone', 4, 5],
        ['typo', 3, 1],
      ],
    });
    best.rename('cone', 'pylon');
    best.remove('typo');
    expect(best.contents.classes).toEqual([['pylon', 4, 5]]);
    const withdrawn = verdict({ pylon: [5, null, 5] });
    best.note({ perClass: [{ ...withdrawn.perClass[0]!, status: 'withdrawn' }] }, 5, 4);
    expect(best.versions).toEqual([]);
  });

  it('outlast the program as plain data', () => {
    const best = new BestHeads({ classes: [['cone', 4, 5]] });
    const stored = JSON.parse(JSON.stringify(best.contents)) as typeof best.contents;
    expect(new BestHeads(stored).versions).toEqual([4]);
  });

  it('are of few versions: the one that guards the fewest samples is given up', () => {
    const names = Array.from({ length: bestVersionsMax + 1 }, (_, i) => `c${i}`);
    const best = new BestHeads({ classes: names.map((name, i) => [name, i + 1, 9]) });
    // Class c2 would lose one sample, the others three.
    const counts = names.map((name) => [name, [9, name === 'c2' ? 8 : 6, 9]] as const);
    const from = 100;
    best.note(
      verdict(Object.fromEntries(counts.map(([name, [, after, top]]) => [name, [5, after, top]]))),
      from + 1,
      from,
    );
    expect(best.versions).toEqual([1, 2, 4, 5, from + 1]);
    expect(best.contents.classes).toContainEqual(['c2', from + 1, 8]);
  });
});
