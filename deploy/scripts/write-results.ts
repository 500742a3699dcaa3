import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { strategyNames } from '../../operators/learn/strategies/strategy-registry.ts';
import { findProtocol } from '../../pipeline/laboratory/protocols/protocol-registry.ts';
import { linesOf, mergeRows } from '../../pipeline/laboratory/results/kept-rows.ts';
import { readReports } from '../../pipeline/laboratory/results/read-reports.ts';
import { resultsPage } from '../../pipeline/laboratory/results/results-page.ts';

// `npm run bench:results -- --from FILE.jsonl` merges the reports of FILE into docs/results.jsonl
// and writes docs/results.md and its charts from all rows. Without --from it rewrites them from the
// existing rows.
const { values } = parseArgs({
  options: { from: { type: 'string', multiple: true, default: [] }, docs: { type: 'string' } },
});
const docs =
  values.docs === undefined
    ? new URL('../../docs/', import.meta.url)
    : pathToFileURL(`${values.docs}/`);
const rowsFile = new URL('results.jsonl', docs);
const imagesFolder = new URL('images/', docs);

const existing = existsSync(rowsFile) ? readReports(await readFile(rowsFile, 'utf8')) : [];
const newer = await Promise.all(values.from.map((file) => readFile(file, 'utf8')));
const rows = mergeRows(existing, newer.flatMap(readReports));
if (rows.length === 0) throw new Error('expected --from FILE.jsonl: there are no rows yet');
const { markdown, images } = resultsPage(rows, {
  summaryOf: (protocol) => findProtocol(protocol)?.summary,
  defaultStrategy: strategyNames[0] ?? '',
});
await mkdir(imagesFolder, { recursive: true });
// Removes charts of rows that no longer exist.
for (const file of await readdir(imagesFolder)) {
  if (/^learning-.*\.svg$/.test(file)) await rm(new URL(file, imagesFolder));
}
for (const { file, svg } of images) await writeFile(new URL(file, imagesFolder), svg);
await writeFile(rowsFile, linesOf(rows));
await writeFile(new URL('results.md', docs), markdown);
