import { describe, expect, test } from 'vitest';
import { PendingExamples } from '../../../operators/learn/pending-examples.ts';
import { makeSample, classLabel } from '../remember/make-sample.ts';

const sample = (id: string, name: string | null, heldOut = false) =>
  makeSample(id, { label: name === null ? null : classLabel(name), heldOut });
const ids = (examples: readonly { id: string; label: string | null }[]): string[] =>
  examples.map(({ id, label }) => `${id} ${label}`);

describe('pending examples', () => {
  test('are what labels add, once', () => {
    const pending = new PendingExamples();
    expect(pending.note(null, sample('a', 'cone'))).toBe(true);
    expect(ids(pending.take().added)).toEqual(['a cone']);
    expect(pending.take()).toEqual({ added: [], removed: [] });
  });

  test('leave held-out and unlabelled samples out', () => {
    const pending = new PendingExamples();
    expect(pending.note(null, sample('a', 'cone', true))).toBe(false);
    expect(pending.note(sample('b', null), sample('b', null))).toBe(false);
    expect(pending.take()).toEqual({ added: [], removed: [] });
  });

  test('remove what an update has learned, and forget what none has', () => {
    const pending = new PendingExamples();
    pending.note(null, sample('a', 'cone'));
    pending.take();
    pending.note(sample('a', 'cone'), sample('a', null));
    pending.note(null, sample('b', 'cone'));
    pending.note(sample('b', 'cone'), sample('b', null));
    const { added, removed } = pending.take();
    expect([ids(added), ids(removed)]).toEqual([[], ['a cone']]);
  });

  test('remove a learned example that becomes held out', () => {
    const pending = new PendingExamples();
    pending.note(sample('a', 'cone'), sample('a', 'post', true));
    const { added, removed } = pending.take();
    expect([ids(added), ids(removed)]).toEqual([[], ['a cone']]);
  });

  test('wait in front again when their update failed, the oldest discarded beyond the bound', () => {
    const pending = new PendingExamples(2);
    pending.note(null, sample('a', 'cone'));
    pending.note(null, sample('b', 'cone'));
    const batch = pending.take();
    pending.note(sample('a', 'cone'), sample('a', 'post'));
    // Three added and one removed: the oldest addition goes, and its removal with it.
    expect(pending.putBack(batch)).toBe(1);
    const { added, removed } = pending.take();
    expect([ids(added), ids(removed)]).toEqual([['b cone', 'a post'], []]);
  });
});
