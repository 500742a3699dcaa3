import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { errorsPageText } from '../../deploy/scripts/errors-page.ts';

const read = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('docs/errors.md equals what `npm run schema` generates from the code', async () => {
  expect(await read('errors.md')).toBe(errorsPageText());
});
