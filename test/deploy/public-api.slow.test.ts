import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { apiReportText } from '../../deploy/scripts/api/api-report.ts';
import { docExamples } from '../../deploy/scripts/api/doc-examples.ts';
import { checkSources, openPublicProgram } from '../../deploy/scripts/api/public-program.ts';

const api = openPublicProgram();
const names = api.subpaths.flatMap((subpath) => subpath.names);

/** Functions whose use their signature shows. */
const selfExplanatory = [
  'emptyHead',
  'evaluateCandidate',
  'parseConfig',
  'sampleOf',
  'seededRandom',
  'trainingExamples',
];

describe('the public API', () => {
  test('changes on purpose only', async () => {
    const page = await readFile(new URL('../../docs/api-report.md', import.meta.url), 'utf8');
    const hint =
      'The public API differs from docs/api-report.md. If that is intended, run `npm run api`, ' +
      'review the difference, and choose the next version by it (semver) in CHANGELOG.md.';
    expect(apiReportText(api), hint).toBe(page);
  });

  test('exports each name from one subpath only', () => {
    const repeated = names.filter(({ name }, i) =>
      names.slice(0, i).some((other) => other.name === name),
    );
    expect(repeated.map(({ name }) => name)).toEqual([]);
  });

  test('documents every name', () => {
    const checker = api.program.getTypeChecker();
    const undocumented = names.filter(
      ({ symbol }) => symbol.getDocumentationComment(checker).length === 0,
    );
    expect(undocumented.map(({ name }) => name)).toEqual([]);
  });

  test('shows an example of every function', () => {
    const examples = docExamples(api);
    const functions = names.filter(({ symbol }) => symbol.flags & ts.SymbolFlags.Function);
    const without = functions.filter(({ name }) => !examples.has(`${name}-1.ts`));
    expect(without.map(({ name }) => name).sort()).toEqual(selfExplanatory);
  });

  test('has examples that compile', () => {
    const examples = docExamples(api);
    expect(examples.size).toBeGreaterThan(20);
    expect(checkSources(api, examples)).toEqual([]);
  });
});
