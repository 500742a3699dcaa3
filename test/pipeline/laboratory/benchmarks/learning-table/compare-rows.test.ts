import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { outcomesAt50 } from '../../../../../operators/measure/average-precision.ts';
import {
  compareRows,
  KnownComparisons,
  type ReportWithOutcomes,
} from '../../../../../pipeline/laboratory/benchmarks/learning-table/compare-rows.ts';
import { packOutcomes } from '../../../../../pipeline/laboratory/learning/outcomes-file.ts';
import { groupReports } from '../../../../../pipeline/laboratory/results/group-reports.ts';
import { linesOf } from '../../../../../pipeline/laboratory/results/kept-rows.ts';
import {
  isReport,
  readReports,
  type ReportRow,
} from '../../../../../pipeline/laboratory/results/read-reports.ts';
import { isBestBeyondChance } from '../../../../../pipeline/laboratory/results/row-cells.ts';
import { reportWith } from '../../results/report-lines.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifelens-compare-rows-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const box = [0, 0, 9, 9] as const;
const indices = Array.from({ length: 40 }, (_, i) => i);

/** A report and its outcomes: of 40 pictures the objects of those before `found` are found. */
function measured(strategy: string, found: number, seed = 1): ReportWithOutcomes {
  const outcomes = join(folder, `${strategy}-${seed}.gz`);
  const cup = outcomesAt50(
    indices.map((i) => ({
      truths: [{ box }],
      detections: i < found ? [{ box, score: 1 }] : [],
    })),
  );
  const values = { strategy, seed, map50: Math.floor((found / 40) * 100 + 1) / 101 };
  const report = readReports(JSON.stringify(reportWith(values)))[0] as ReportRow;
  const { protocol, train, test: spec } = report;
  const run = { protocol, strategy, train, test: spec, seed, step: 1 };
  const pictures = indices.map(String);
  const groups = indices.map((i) => [i]);
  writeFileSync(
    outcomes,
    packOutcomes({ ...run, pictures, groups, classes: new Map([['cup', cup]]) }),
  );
  return { report, outcomes };
}

test('every row is compared with the best one, and the lines tell whether it leads beyond chance', async () => {
  const reports = [measured('ridge', 20), measured('tally', 32), measured('slda', 24)];
  const comparisons = compareRows(reports, await KnownComparisons.open(join(folder, 'none.json')));
  expect(
    comparisons.map(({ strategy, best, behind }) => [strategy, best.strategy, behind === null]),
  ).toEqual([
    ['tally', 'tally', true],
    ['slda', 'tally', false],
    ['ridge', 'tally', false],
  ]);
  expect(comparisons[1]!.behind!.difference).toBeCloseTo(-0.2, 1);
  expect(comparisons[1]!.behind!.interval[1]).toBeLessThan(0);
  const lines = linesOf([...reports.map(({ report }) => report), ...comparisons]);
  const [group] = groupReports(readReports(lines));
  expect(isBestBeyondChance(group!.rows)).toBe(true);
  const close = [...reports, measured('ncm', 31)];
  const withClose = compareRows(close, new KnownComparisons());
  const [other] = groupReports([...close.map(({ report }) => report), ...withClose]);
  expect(isBestBeyondChance(other!.rows)).toBe(false);
});

test('rows of several class orders are compared over all of them', () => {
  const reports = [1, 2, 3].flatMap((seed) => [
    measured('tally', 30 + seed, seed),
    measured('ridge', 20 + seed, seed),
  ]);
  const comparisons = compareRows(reports, new KnownComparisons());
  expect(comparisons.map(({ seeds }) => seeds)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(comparisons[1]!.behind!.difference).toBeCloseTo(-0.25, 1);
});

test('a row without outcomes or with other seeds is not compared, nor any row without the best one', () => {
  const [best, other, third] = [
    measured('tally', 32),
    measured('slda', 24),
    measured('ncm', 20, 2),
  ];
  const missing = { ...measured('ridge', 12), outcomes: join(folder, 'missing.gz') };
  const comparisons = compareRows([best, other, third, missing], new KnownComparisons());
  expect(comparisons.map(({ strategy, behind }) => [strategy, behind !== null])).toEqual([
    ['tally', false],
    ['slda', true],
    ['ncm', false],
  ]);
  const lost = { ...best, outcomes: missing.outcomes };
  expect(compareRows([lost, other], new KnownComparisons())).toEqual([]);
});

test('comparisons of unchanged files are kept, and made again for others', async () => {
  const file = join(folder, 'comparisons.json');
  const reports = [measured('tally', 32), measured('slda', 24)];
  const known = new KnownComparisons();
  const made = compareRows(reports, known);
  await known.save(file);
  // A figure that was changed by hand shows what is read back.
  const text = readFileSync(file, 'utf8').replaceAll('"difference":', '"difference":-9,"was":');
  writeFileSync(file, text);
  const again = await KnownComparisons.open(file);
  expect(compareRows(reports, again)[1]!.behind!.difference).toBe(-9);
  measured('slda', 23);
  const fresh = compareRows([reports[0]!, measured('slda', 20)], again);
  expect(fresh[1]!.behind!.difference).toBeLessThan(made[1]!.behind!.difference);
  expect(fresh.filter((line) => isReport(line))).toEqual([]);
});
