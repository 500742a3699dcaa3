import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { type FileImport, type MeasuredFile, sizeFaults } from './structure/measure-structure.ts';
import { structurePage } from './structure/structure-page.ts';

// `npm run structure` prints the folders of the checkout, their sizes and the imports between them
// as Markdown, and exits with 1 for a folder with too many files, a file with too many lines, an
// import against the rules of .dependency-cruiser.cjs, or a cycle. `--root DIR` measures another
// checkout, by its own rules.
const { values } = parseArgs({ options: { root: { type: 'string' } } });
const root =
  values.root === undefined ? fileURLToPath(new URL('../..', import.meta.url)) : values.root;
const tops = ['pipeline', 'operators', 'sinks', 'deploy'];
/** Files whose lines count as source code. */
const code = /\.(ts|js|cjs|mjs|html|css)$/;

// dependency-cruiser resolves paths of its configuration against the working directory.
process.chdir(resolve(root));
const files = trackedFiles();
const { imports, violations } = await readImports();
process.stdout.write(structurePage(files, imports));
const faults = [...sizeFaults(files), ...violations];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

/** Files that Git tracks, or would track. */
function trackedFiles(): MeasuredFile[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...tops];
  const { status, stdout, stderr } = spawnSync('git', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  const deleted = spawnSync('git', ['ls-files', '--deleted', '-z'], { encoding: 'utf8' }).stdout;
  const gone = new Set(deleted.split('\0'));
  const paths = stdout.split('\0').filter((path) => path !== '' && !gone.has(path));
  return paths.map((path) => ({ path, lines: code.test(path) ? lineCount(path) : null }));
}

function lineCount(path: string): number {
  return readFileSync(path, 'utf8').replace(/\n$/, '').split('\n').length;
}

async function readImports() {
  const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs');
  const { output } = await cruise(tops, options, undefined, {
    tsConfig: extractTSConfig('./tsconfig.json'),
  });
  if (typeof output === 'string') throw new Error(`expected a result, not text: ${output}`);
  const own = new Set(files.map(({ path }) => path));
  const found = output.modules.flatMap(({ source, dependencies }): FileImport[] =>
    [...new Set(dependencies.map(({ resolved }) => resolved))]
      .filter((to) => own.has(source) && own.has(to))
      .map((to) => ({ from: source, to })),
  );
  const broken = output.summary.violations
    .filter(({ rule }) => rule.severity === 'error')
    .map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  return { imports: found, violations: broken };
}
