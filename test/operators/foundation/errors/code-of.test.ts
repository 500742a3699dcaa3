import { expect, it } from 'vitest';
import { codeOf } from '../../../../operators/foundation/errors/code-of.ts';

it('the code of an error is the system’s, else a given one', () => {
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });
  expect(codeOf(missing)).toBe('ENOENT');
  expect(codeOf(new Error('no code'))).toBe('unknown');
  expect(codeOf({ code: 'ENOENT' }, 'not an error')).toBe('not an error');
});
