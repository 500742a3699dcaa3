import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { strategyNames } from '../../../../operators/learn/strategies/strategy-registry.ts';
import { findProtocol } from '../../../../pipeline/laboratory/protocols/protocol-registry.ts';
import { isReport } from '../../../../pipeline/laboratory/results/read-reports.ts';
import { linesOf, mergeRows } from '../../../../pipeline/laboratory/results/kept-rows.ts';
import { readReports } from '../../../../pipeline/laboratory/results/read-reports.ts';
import { resultsPage } from '../../../../pipeline/laboratory/results/results-page.ts';
import { reportWith } from './report-lines.ts';

const row = (values: Parameters<typeof reportWith>[0]) =>
  readReports(JSON.stringify(reportWith(values)))[0]!;

test('a newer row replaces the row of the same run, whatever its data folder', () => {
  const sets = (folder: string) => ({
    train: `voc:${folder}/fod-a/Annotations:${folder}/fod-a/JPEGImages:${folder}/fod-a/ImageSets/a.txt`,
    test: `coco:${folder}/coco286/instances.json:${folder}/coco286/images`,
  });
  const older = mergeRows(
    [],
    [row({ ...sets('/one'), map50: 0.1 }), row({ ...sets('/one'), strategy: 'slda' })],
  );
  const merged = mergeRows(older, [
    row({ ...sets('/home/two'), map50: 0.2 }),
    row({ ...sets('/home/two'), map50: 0.3, seed: 2 }),
  ]);
  const figures = merged
    .filter(isReport)
    .map(({ strategy, seed, map50 }) => [strategy, seed, map50]);
  expect(figures).toEqual([
    ['ridge', 1, 0.2],
    ['slda', 1, 0.5],
    ['ridge', 2, 0.3],
  ]);
  expect(new Set(merged.map(({ train, test }) => `${train} ${test}`))).toEqual(
    new Set([
      'voc:$DATA/fod-a/Annotations:$DATA/fod-a/JPEGImages:$DATA/fod-a/ImageSets/a.txt ' +
        'coco:$DATA/coco286/instances.json:$DATA/coco286/images',
    ]),
  );
});

test('rows survive a round trip through JSON lines', () => {
  const rows = mergeRows([], [row({}), row({ seed: 2, omega: null })]);
  expect(readReports(linesOf(rows))).toEqual(rows);
});

test('docs/results.md and its charts are generated from docs/results.jsonl', () => {
  const docs = new URL('../../../../docs/', import.meta.url);
  const read = (file: string) => readFileSync(new URL(file, docs), 'utf8');
  const lines = read('results.jsonl');
  const rows = readReports(lines);
  expect(linesOf(mergeRows([], rows))).toBe(lines);
  const page = resultsPage(rows, {
    summaryOf: (protocol) => findProtocol(protocol)?.summary,
    defaultStrategy: strategyNames[0]!,
  });
  expect(page.markdown).toBe(read('results.md'));
  for (const { file, svg } of page.images) expect(read(`images/${file}`)).toBe(svg);
});

test('open-world figures of before they named their reading keep their values under new names', () => {
  const extra = { aOse: 5, aOseLearnedBefore: 4, liveAOse: 3, wildernessImpact: 0.5, other: 1 };
  const [read] = readReports(JSON.stringify(reportWith({ extra })));
  expect(read).toHaveProperty('extra', {
    aOseObjects: 5,
    aOseObjectsLearnedBefore: 4,
    liveAOseObjects: 3,
    wildernessImpactDhamija: 0.5,
    other: 1,
  });
});
