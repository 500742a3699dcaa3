import { expect, it } from 'vitest';
import { firstLine, messageOf } from '../../../../operators/foundation/errors/message-of.ts';

it('the message of an error is its own, that of any other value its text', () => {
  expect(messageOf(new RangeError('too far'))).toBe('too far');
  expect(messageOf('torn')).toBe('torn');
  expect(messageOf(undefined)).toBe('undefined');
});

it('the first line of a message is cut to 160 characters', () => {
  expect(firstLine(new Error('wrong ELF class \nand a trace'))).toBe('wrong ELF class');
  expect(firstLine('x'.repeat(200))).toHaveLength(160);
});
