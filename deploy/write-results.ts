import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { strategyNames } from '../operators/learn/strategies/index.ts';
import { findProtocol } from '../pipeline/bench/protocols/index.ts';
import { readReports } from '../pipeline/bench/results/read-reports.ts';
import { resultsPage } from '../pipeline/bench/results/results-page.ts';

// Run by `npm run bench:results -- --from FILE.jsonl`: writes docs/results.md and its pictures.
const { values } = parseArgs({
  options: { from: { type: 'string' }, docs: { type: 'string' } },
});
if (values.from === undefined) throw new Error('expected --from FILE.jsonl');
const docs =
  values.docs === undefined
    ? new URL('../docs/', import.meta.url)
    : pathToFileURL(`${values.docs}/`);
const images = new URL('images/', docs);

const { markdown, images: drawn } = resultsPage(readReports(await readFile(values.from, 'utf8')), {
  summaryOf: (protocol) => findProtocol(protocol)?.summary,
  defaultStrategy: strategyNames[0] ?? '',
});
await mkdir(images, { recursive: true });
// Pictures of what is measured no longer must not stay behind.
for (const file of await readdir(images)) {
  if (/^learning-.*\.svg$/.test(file)) await rm(new URL(file, images));
}
for (const { file, svg } of drawn) await writeFile(new URL(file, images), svg);
await writeFile(new URL('results.md', docs), markdown);
