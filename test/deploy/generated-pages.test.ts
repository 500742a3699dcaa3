import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorsPageText } from '../../deploy/scripts/errors-page.ts';
import { limits, limitsPageText } from '../../deploy/scripts/limits/limits-page.ts';

const root = new URL('../../', import.meta.url);
const read = (name: string) => readFile(new URL(`docs/${name}`, root), 'utf8');

test('docs/errors.md equals what `npm run schema` generates from the code', async () => {
  expect(await read('errors.md')).toBe(errorsPageText());
});

test('docs/limits.md equals what `npm run schema` generates from the code', async () => {
  expect(await read('limits.md')).toBe(limitsPageText());
});

test('docs/limits.md names files that exist', () => {
  for (const { name, enforcedIn } of Object.values(limits).flat()) {
    expect(existsSync(new URL(enforcedIn, root)), name).toBe(true);
  }
});
