import { describe, expect, it } from 'vitest';
import {
  type Arrow,
  countArrows,
  essentialArrows,
  folderSizes,
  componentOf,
  sizeFaults,
} from '../../../../deploy/scripts/structure/measure-structure.ts';
import { structurePage } from '../../../../deploy/scripts/structure/structure-page.ts';

const file = (path: string, lines: number | null = 10) => ({ path, lines });
const arrow = (from: string, to: string): Arrow => ({ from, to, imports: 1 });

describe('the structure of a checkout', () => {
  it('has a component for each folder of pipeline/ and operators/, and one for any other top folder', () => {
    expect(
      [
        'pipeline/index.ts',
        'pipeline/state/lock.ts',
        'operators/learn/strategies/tally/tally.ts',
        'sinks/http/server.ts',
        'deploy/scripts/build.ts',
      ].map(componentOf),
    ).toEqual(['pipeline', 'pipeline/state', 'operators/learn', 'sinks', 'deploy']);
  });

  it('sums files and lines by folder, and deeper folders with the folder two levels down', () => {
    const sizes = folderSizes([
      file('operators/learn/learner.ts', 40),
      file('operators/learn/strategies/strategy-registry.ts', 30),
      file('operators/learn/strategies/tally/tally.ts', 200),
      file('operators/learn/strategies/tally/model.bin', null),
    ]);
    expect(sizes).toEqual([
      {
        folder: 'operators/learn',
        files: 1,
        deeperFiles: 0,
        lines: 40,
        largest: file('operators/learn/learner.ts', 40),
      },
      {
        folder: 'operators/learn/strategies',
        files: 1,
        deeperFiles: 2,
        lines: 230,
        largest: file('operators/learn/strategies/tally/tally.ts', 200),
      },
    ]);
  });

  it('counts imports between components and none within a component', () => {
    expect(
      countArrows([
        { from: 'pipeline/state/a.ts', to: 'operators/swap/b.ts' },
        { from: 'pipeline/state/c.ts', to: 'operators/swap/d.ts' },
        { from: 'pipeline/state/a.ts', to: 'pipeline/state/c.ts' },
        { from: 'pipeline/index.ts', to: 'pipeline/state/a.ts' },
      ]),
    ).toEqual([
      { from: 'pipeline', to: 'pipeline/state', imports: 1 },
      { from: 'pipeline/state', to: 'operators/swap', imports: 2 },
    ]);
  });

  it('draws no arrow that a longer path implies', () => {
    const chain = [arrow('a', 'b'), arrow('b', 'c'), arrow('c', 'd')];
    expect(essentialArrows([...chain, arrow('a', 'c'), arrow('a', 'd')])).toEqual(chain);
    expect(essentialArrows([arrow('a', 'b'), arrow('a', 'c')])).toHaveLength(2);
  });

  it('draws both arrows of a circle', () => {
    const circle = [arrow('a', 'b'), arrow('b', 'a')];
    expect(essentialArrows(circle)).toEqual(circle);
  });

  it('has a fault for a folder with 16 files and for a file with 301 lines', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => file(`sinks/${i}.ts`));
    expect(sizeFaults([...many(15), file('sinks/http/a.ts', 300)])).toEqual([]);
    expect(sizeFaults([...many(16), file('sinks/http/a.ts', 301)])).toEqual([
      'sinks: 16 files, at most 15',
      'sinks/http/a.ts: 301 lines, at most 300',
    ]);
  });

  it('is drawn as a flowchart, a table of folders and a table of imports', () => {
    const page = structurePage(
      [file('pipeline/index.ts', 5), file('pipeline/state/a.ts'), file('operators/swap/b.ts')],
      [{ from: 'pipeline/state/a.ts', to: 'operators/swap/b.ts' }],
    );
    expect(page).toContain('["swap<br/>1 file, 10 lines"]');
    expect(page).toContain('["direct files<br/>1 file, 5 lines"]');
    expect(page).toContain('r2 -->|1| r0');
    expect(page).toMatch(/\| pipeline\/state +\| +1 \| +0 \| +10 \| a\.ts 10 +\|/);
    expect(page).toMatch(/\| pipeline\/state \| operators\/swap 1 +\|/);
  });
});
