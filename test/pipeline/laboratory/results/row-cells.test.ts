import { describe, expect, it } from 'vitest';
import type { LearningReport } from '../../../../pipeline/laboratory/learning/learning-report.ts';
import {
  type Comparison,
  readReports,
} from '../../../../pipeline/laboratory/results/read-reports.ts';
import { resultsPage } from '../../../../pipeline/laboratory/results/results-page.ts';
import { reportWith } from './report-lines.ts';

const options = { summaryOf: () => 'A summary.', defaultStrategy: 'ridge' };

type Row = readonly [strategy: string, map50: number];

/** The comparison of a row with the best one of 0.6; `behind` is the interval of the difference. */
function comparisonOf(
  [strategy, map50]: Row,
  behind: readonly [number, number] | null,
  values: Partial<Comparison> = {},
): Comparison {
  const { protocol, train, test, size, bytesMax } = reportWith({});
  return {
    ...{ protocol, strategy, train, test, size, bytesMax, seeds: [1] },
    compared: { map50, interval: [map50 - 0.1, map50 + 0.1] },
    best: { strategy: 'tally', map50: 0.6 },
    behind: behind === null ? null : { difference: map50 - 0.6, interval: [behind[0], behind[1]] },
    ...values,
  };
}

const rows: readonly Row[] = [
  ['tally', 0.6],
  ['slda', 0.55],
  ['ridge', 0.5],
];

function pageOf(
  comparisons: readonly Comparison[],
  reports: readonly Partial<LearningReport>[] = rows.map(([strategy, map50]) => ({
    strategy,
    map50,
  })),
) {
  const lines = [...reports.map(reportWith), ...comparisons].map((line) => JSON.stringify(line));
  return resultsPage(readReports(lines.join('\n')), options).markdown;
}

const best = comparisonOf(rows[0]!, null);
const clear = [comparisonOf(rows[1]!, [-0.09, -0.01]), comparisonOf(rows[2]!, [-0.15, -0.05])];

/** Cells by the titles of their columns. */
function cells(markdown: string, strategy: string): Record<string, string> {
  const lines = markdown.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`| ${strategy} `));
  const header = lines.findLastIndex((line, i) => i < at && line.startsWith('| strategy'));
  const split = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const titles = split(lines[header]!);
  return Object.fromEntries(split(lines[at]!).map((cell, i) => [titles[i]!, cell]));
}

describe('the best row of a table', () => {
  it('is bold where the differences of all others exclude 0', () => {
    const markdown = pageOf([best, ...clear]);
    expect(cells(markdown, '**tally**')).toMatchObject({
      mAP50: '**0.600 (0.500 – 0.700)**',
      'behind the best': '–',
    });
    expect(cells(markdown, 'slda')).toMatchObject({
      mAP50: '0.550 (0.450 – 0.650)',
      'behind the best': '-0.050 (-0.090 – -0.010)',
    });
  });

  it.each([
    ['the difference of one may be chance', [best, clear[0]!, comparisonOf(rows[2]!, [-0.2, 0])]],
    ['one is not compared', [best, clear[0]!]],
    ['it is not compared itself', clear],
    ['one does not pair', [best, clear[0]!, comparisonOf(rows[2]!, null)]],
    [
      'one was compared with another best row',
      [
        best,
        clear[0]!,
        comparisonOf(rows[2]!, [-0.2, -0.1], { best: { strategy: 'tally', map50: 0.62 } }),
      ],
    ],
    [
      'one was measured again since',
      [best, clear[0]!, comparisonOf(['ridge', 0.51], [-0.15, -0.05])],
    ],
    [
      'one was compared in other orders',
      [best, clear[0]!, comparisonOf(rows[2]!, [-0.15, -0.05], { seeds: [1, 2] })],
    ],
    ['there are no comparisons', []],
  ])('is not where %s', (_, comparisons) => {
    expect(pageOf(comparisons)).not.toContain('| **');
  });

  it('is not bold alone', () => {
    expect(pageOf([best], [{ strategy: 'tally', map50: 0.6 }])).not.toContain('| **');
  });
});

describe('several class orders', () => {
  it('have a mean, their deviation and the interval of both', () => {
    const reports = [0.5, 0.7].map((map50, i) => ({ strategy: 'tally', map50, seed: i + 1 }));
    const combined = comparisonOf(rows[0]!, null, { seeds: [1, 2] });
    expect(cells(pageOf([combined], reports), 'tally')['mAP50']).toBe(
      '0.600 ± 0.141 (0.500 – 0.700)',
    );
    expect(cells(pageOf([], reports), 'tally')['mAP50']).toBe('0.600 ± 0.141');
  });
});

describe('figures of checkpoints', () => {
  const steps = (count: number) => reportWith({}).perStep.slice(0, count);

  it('are in separate tables for different numbers of checkpoints', () => {
    const markdown = pageOf(
      [],
      [
        { strategy: 'tally', perStep: steps(2), omega: 0.9 },
        { strategy: 'slda', perStep: steps(1), omega: 0.8 },
      ],
    );
    expect(markdown.match(/^checkpoints: .*$/gm)).toEqual(['checkpoints: 1:', 'checkpoints: 2:']);
    expect(markdown.match(/^\| strategy/gm)).toHaveLength(2);
    expect(cells(markdown, 'slda')['Ω']).toBe('0.800');
  });

  it('have no mean over runs that differ in it', () => {
    const reports = [1, 2].map((count) => ({ seed: count, perStep: steps(count) }));
    expect(cells(pageOf([], reports), 'ridge')).toMatchObject({
      mAP50: '0.500 ± 0.000',
      Ω: '–',
      forgetting: '–',
      BWT: '–',
      checkpoints: '1, 2',
    });
  });

  it('are shown on pictures of seen classes where these were scored', () => {
    const seen = { map50Seen: 0.55, map50SeenInterval: [0.5, 0.6], bwtSeen: -0.02 } as const;
    const shown = { ...seen, bwtSeenInterval: [-0.03, 0.01], forgettingSeen: 0.02 } as const;
    const markdown = pageOf([], [{ strategy: 'tally', ...shown }, { strategy: 'slda' }]);
    expect(cells(markdown, 'tally')).toMatchObject({
      'mAP50 seen': '0.550 (0.500 – 0.600)',
      'forgetting seen': '0.020',
      'BWT seen': '-0.020 (-0.030 – 0.010)',
    });
    expect(cells(markdown, 'slda')['mAP50 seen']).toBe('–');
    expect(pageOf([])).not.toContain('mAP50 seen |');
  });
});
