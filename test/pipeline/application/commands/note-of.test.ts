import { expect, it } from 'vitest';
import type { LabelEvent } from '../../../../operators/label/label-event.ts';
import { noteOf } from '../../../../pipeline/application/commands/note-of.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';

const change = { before: makeSample('a'), after: makeSample('a') };
const event = (facts: Partial<LabelEvent>): LabelEvent => ({
  ...{ labelId: 'l1', changes: [change, change], classes: [], cluster: null, gone: 0, ...facts },
});
const none = (): number => 0;

it('an undo tells how many samples it could not reach', () => {
  const undo = { command: 'undo' } as const;
  expect(noteOf(undo, event({}), none)).toBeNull();
  expect(noteOf(undo, event({ gone: 3 }), none)).toBe(
    '3 of 5 samples are gone from memory; what was learned from them stays',
  );
});

it('a removal tells how many samples can no longer be taken out', () => {
  const removal = { command: 'remove', class: 'cone' } as const;
  const classes = [{ class: 'k1', before: 'cone', after: null }];
  expect(noteOf(removal, event({ classes }), none)).toBeNull();
  expect(noteOf(removal, event({ classes }), () => 4)).toMatch(/^4 of its samples are gone/);
});

it('other commands tell nothing', () => {
  const label = { command: 'label', class: 'cone', target: { sampleId: 'a' } } as const;
  expect(noteOf(label, event({ gone: 1 }), none)).toBeNull();
});
