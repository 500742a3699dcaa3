import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { strategyNames } from '../../operators/learn/strategies/strategy-registry.ts';
import { findProtocol } from '../../pipeline/laboratory/protocols/index.ts';
import { linesOf, mergeRows } from '../../pipeline/laboratory/results/kept-rows.ts';
import { readReports } from '../../pipeline/laboratory/results/read-reports.ts';
import { resultsPage } from '../../pipeline/laboratory/results/results-page.ts';

// Run by `npm run bench:results -- --from FILE.jsonl`: takes the reports in FILE into docs/results.jsonl, and writes
// docs/results.md and its pictures from all that are there. Without --from, from what is there already.
const { values } = parseArgs({
  options: { from: { type: 'string', multiple: true, default: [] }, docs: { type: 'string' } },
});
const docs =
  values.docs === undefined
    ? new URL('../../docs/', import.meta.url)
    : pathToFileURL(`${values.docs}/`);
const kept = new URL('results.jsonl', docs);
const images = new URL('images/', docs);

const before = existsSync(kept) ? readReports(await readFile(kept, 'utf8')) : [];
const newer = await Promise.all(values.from.map((file) => readFile(file, 'utf8')));
const rows = mergeRows(before, newer.flatMap(readReports));
if (rows.length === 0) throw new Error('expected --from FILE.jsonl: nothing was measured before');
const { markdown, images: drawn } = resultsPage(rows, {
  summaryOf: (protocol) => findProtocol(protocol)?.summary,
  defaultStrategy: strategyNames[0] ?? '',
});
await mkdir(images, { recursive: true });
// Pictures of what is measured no longer must not stay behind.
for (const file of await readdir(images)) {
  if (/^learning-.*\.svg$/.test(file)) await rm(new URL(file, images));
}
for (const { file, svg } of drawn) await writeFile(new URL(file, images), svg);
await writeFile(kept, linesOf(rows));
await writeFile(new URL('results.md', docs), markdown);
