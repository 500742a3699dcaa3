import { check } from 'prettier';
import { expect, test } from 'vitest';
import { readReports } from '../../../../pipeline/laboratory/results/read-reports.ts';
import { resultsPage } from '../../../../pipeline/laboratory/results/results-page.ts';
import { linesOf, reportWith } from './report-lines.ts';

const options = { summaryOf: () => 'A summary.', defaultStrategy: 'ridge' };

function pageOf(...values: Parameters<typeof reportWith>[0][]) {
  return resultsPage(readReports(linesOf(values.map(reportWith))), options);
}

function rowsOf(markdown: string, strategy: string): string[][] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith(`| ${strategy} `))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test('a table lists strategies with their figures, the best first', () => {
  const { markdown } = pageOf({ strategy: 'finetune', map50: 0.3 }, { strategy: 'ridge' });
  expect(markdown.indexOf('| ridge ')).toBeLessThan(markdown.indexOf('| finetune '));
  expect(rowsOf(markdown, 'ridge')[0]).toEqual([
    'ridge',
    '4.00 MiB',
    '0.500',
    '0.250',
    '0.990',
    '0.004',
    '-0.004',
    '2',
    '1.00 MiB',
    '80.0',
    '1.00',
    '400 MiB',
    '150',
  ]);
});

test('runs over seeds and splits are averaged, with their standard deviation', () => {
  const { markdown } = pageOf(
    { seed: 1, map50: 0.4 },
    { seed: 2, map50: 0.6 },
    { seed: 3, map50: 0.5, train: 'voc:/data/birds/Annotations:/data/birds/JPEGImages:/other.txt' },
  );
  expect(rowsOf(markdown, 'ridge')).toHaveLength(1);
  expect(rowsOf(markdown, 'ridge')[0]![2]).toBe('0.500 ± 0.100');
  expect(markdown).toContain('seeds 1, 2, 3');
});

test('the later of two reports of one run counts', () => {
  const { markdown } = pageOf({ map50: 0.1 }, { map50: 0.2 });
  expect(rowsOf(markdown, 'ridge')[0]![2]).toBe('0.200');
});

test('a figure that one seed lacks has no mean', () => {
  const { markdown } = pageOf({ seed: 1, omega: null }, { seed: 2, omega: 0.9 });
  expect(rowsOf(markdown, 'ridge')[0]![4]).toBe('–');
});

test('protocol-specific figures have their own table', () => {
  const { markdown } = pageOf({ extra: { baseMap50Before: 0.4, falseAlarms: 1234 } });
  expect(markdown).toContain('base mAP50 before');
  expect(rowsOf(markdown, 'ridge')[1]).toEqual(['ridge', '4.00 MiB', '0.400', '1234']);
});

test('protocols of one set are under one heading', () => {
  const other = 'voc:/data/fish/Annotations:/data/fish/Images:/data/fish/test.txt';
  const { markdown } = pageOf(
    { protocol: 'all' },
    { protocol: 'all', train: other, test: other },
    { protocol: '10+10' },
  );
  expect(markdown.match(/^## .*$/gm)).toEqual(['## birds', '## fish']);
  expect(markdown.match(/^### .*$/gm)).toEqual([
    '### birds: all',
    '### birds: 10+10',
    '### fish: all',
  ]);
});

test('the page names seeds, commit, machine and the command, but not the data folder', () => {
  const { markdown } = pageOf({});
  expect(markdown).toContain('A processor, 2 cores');
  expect(markdown).toContain('`0123456789`');
  expect(markdown).toContain('--train voc:$DATA/birds/Annotations:$DATA/birds/JPEGImages');
  expect(markdown).not.toContain('/data/');
});

test('charts are drawn for more than one point or strategy, and embedded', () => {
  const { markdown, images } = pageOf({ strategy: 'finetune', bytesMax: 1 << 20 }, {});
  const files = images.map(({ file }) => file);
  expect(files).toEqual([
    'learning-birds-all-320-steps.svg',
    'learning-birds-all-320-bytes.svg',
    'learning-birds-all-320-time.svg',
    'learning-birds-all-320-classes.svg',
  ]);
  for (const file of files) expect(markdown).toContain(`](images/${file})`);
  expect(pageOf({}).images.map(({ file }) => file)).not.toContain(files[1]);
});

test('equal reports give equal bytes, formatted as by Prettier', async () => {
  const reports = [{}, { strategy: 'finetune' }, { protocol: '10+5x2', extra: { a: 1 } }];
  const page = pageOf(...reports);
  expect(pageOf(...reports)).toEqual(page);
  expect(await check(page.markdown, { parser: 'markdown', printWidth: 100 })).toBe(true);
});

test('each cap has its own table, the smallest cap first', () => {
  const { markdown } = pageOf(
    { bytesMax: null, map50: 0.9 },
    { bytesMax: 4 << 20, map50: 0.8 },
    { bytesMax: 1 << 20, map50: 0.7 },
    { bytesMax: 1 << 20, strategy: 'finetune' },
  );
  expect(markdown.match(/^(Within .*|Without a cap):$/gm)).toEqual([
    'Within 1.00 MiB:',
    'Within 4.00 MiB:',
    'Without a cap:',
  ]);
  expect(rowsOf(markdown, 'ridge').map(([, , map50]) => map50)).toEqual([
    '0.700',
    '0.800',
    '0.900',
  ]);
  expect(pageOf({}).markdown).not.toContain('Within');
});

test('charts of one cap out of several name it', () => {
  const { images } = pageOf({ bytesMax: 1 << 20 }, { bytesMax: 4 << 20 });
  expect(images.find(({ file }) => file.endsWith('-steps.svg'))?.title).toBe(
    'mAP50 over steps: birds, all, within 4.00 MiB',
  );
});

test('a curve with an uncommon cap names it', () => {
  const { images } = pageOf(
    { bytesMax: 4 << 20 },
    { bytesMax: 4 << 20, strategy: 'finetune' },
    { bytesMax: null, strategy: 'joint' },
  );
  const steps = images.find(({ file }) => file.endsWith('-steps.svg'))!;
  expect(steps.svg).toContain('>joint, no cap<');
  expect(steps.svg).toContain('>finetune<');
});

test('each view size has its own section and charts', () => {
  const { markdown, images } = pageOf({ size: 320 }, { size: 512 });
  expect(markdown.match(/^### .*$/gm)).toEqual(['### birds: all', '### birds: all, 512 px']);
  const files = images.map(({ file }) => file);
  expect(new Set(files).size).toBe(files.length);
  expect(new Set(images.map(({ title }) => title)).size).toBe(files.length);
});

test('a row has the number of checkpoints, and the command its upper bound', () => {
  const [step] = reportWith({}).perStep;
  const { markdown } = pageOf({ checkpoints: 3 }, { seed: 2, checkpoints: 3, perStep: [step!] });
  expect(rowsOf(markdown, 'ridge')[0]![7]).toBe('1, 2');
  expect(markdown).toContain('--checkpoints 3 --report -');
  expect(pageOf({ checkpoints: 3 }, { seed: 2 }).markdown).toContain('--checkpoints N --report -');
});

test('a command names a cap only if there was one', () => {
  expect(pageOf({}).markdown).toContain('--memory BYTES');
  expect(pageOf({ bytesMax: null }).markdown).not.toContain('--memory');
});

test('runs in the simulated world are under its heading, whatever their sets', () => {
  const { markdown } = pageOf({}, { protocol: 'long-run-20' });
  expect(markdown.match(/^## .*$/gm)).toEqual(['## birds', '## the simulated world']);
  expect(markdown).toContain('Pictures at 320 px, 2 classes');
});

test('a refusal is listed below the table with its reason', async () => {
  const { protocol, train, test, seed, size } = reportWith({});
  const refusal = {
    protocol,
    train,
    test,
    seed,
    size,
    strategy: 'joint',
    bytesMax: 1 << 20,
    refused: 'strategy joint: bytesMax: expected at least 2 MiB',
  };
  const lines = `${JSON.stringify(refusal)}\n`;
  const page = resultsPage(readReports(linesOf([reportWith({})]) + lines), options);
  expect(rowsOf(page.markdown, 'joint')).toEqual([]);
  expect(page.markdown).toContain(
    '- `joint`, within 1.00 MiB, refused: `strategy joint: bytesMax: expected at least 2 MiB`',
  );
  expect(await check(page.markdown, { parser: 'markdown', printWidth: 100 })).toBe(true);
  const alone = resultsPage(readReports(lines), options);
  expect(alone.markdown).toContain('### birds: all');
  expect(alone.images).toEqual([]);
});

test('the later of a refusal and a report of one run counts', () => {
  const line = linesOf([reportWith({})]);
  const { protocol, strategy, train, test, seed, size, bytesMax } = reportWith({});
  const run = { protocol, strategy, train, test, seed, size, bytesMax };
  const refusal = `${JSON.stringify({ ...run, refused: 'too little' })}\n`;
  expect(resultsPage(readReports(refusal + line), options).markdown).not.toContain('refused');
  expect(rowsOf(resultsPage(readReports(line + refusal), options).markdown, 'ridge')).toEqual([]);
});

test('an invalid line is named in the error', () => {
  const line = linesOf([reportWith({})]);
  expect(() => readReports(`${line}{"protocol":"all"}\n`)).toThrow(/^line 2: strategy/);
  expect(() => readReports('nonsense')).toThrow(/^line 1 is not JSON/);
});

test('rows of several commits name theirs; replaced rows do not count', () => {
  const [old, first, second] = ['e', 'a', 'b'].map((digit) => digit.repeat(40));
  const { markdown } = pageOf(
    { strategy: 'ridge', commit: old! },
    { strategy: 'ridge', commit: first! },
    { strategy: 'finetune', map50: 0.3, commit: second! },
  );
  expect(markdown).toContain('Commits: `aaaaaaaaaa`, `bbbbbbbbbb`\n');
  expect(rowsOf(markdown, 'ridge')[0]!.at(-1)).toBe('aaaaaaaaaa');
  expect(rowsOf(markdown, 'finetune')[0]!.at(-1)).toBe('bbbbbbbbbb');
});
