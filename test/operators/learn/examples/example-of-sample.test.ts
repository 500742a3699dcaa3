import { describe, expect, it } from 'vitest';
import {
  exampleOf,
  nameOfSample,
  sampleOf,
  trainingExamples,
} from '../../../../operators/learn/examples/example-of-sample.ts';
import type { Label } from '../../../../operators/remember/sample.ts';
import { makeSample, classLabel } from '../../remember/make-sample.ts';
import { makeExample } from '../make-example.ts';

const label = (kind: Label['kind']): Label => ({ kind, class: 'cat', by: 'person', atMs: 1 });

describe('samples and examples', () => {
  it('convert to each other, up to float16 rounding', () => {
    const example = makeExample('x', 'cat', { crops: 2 });
    const { dense: _d, denseTargets: _t, embeddings: _l, ...facts } = makeSample('s1');
    const sample = sampleOf(example, { ...facts, label: classLabel('cat') });
    const back = exampleOf(sample, 'cat');
    expect(back).toMatchObject({ id: 's1', label: 'cat', denseTargets: example.denseTargets });
    for (const key of ['dense', 'embeddings'] as const) {
      expect(back[key]).toHaveLength(example[key].length);
      back[key].forEach((value, i) => {
        const exact = example[key][i]!;
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(exact * 2 ** -11);
      });
    }
  });

  it('keep box offsets', () => {
    const offsets = [[0.1, -0.2, 0, 1 / 3] as const];
    const { dense: _d, denseTargets: _t, embeddings: _l, ...facts } = makeSample('s1');
    const sample = sampleOf({ ...makeExample('x', 'cat', { crops: 2 }), offsets }, facts);
    expect(exampleOf(sample, 'cat').offsets).toEqual(offsets);
  });

  it('have a class only if their label is one', () => {
    expect(nameOfSample({ label: label('class') })).toBe('cat');
    expect(nameOfSample({ label: null, notA: ['cat'] })).toBeNull();
    expect(nameOfSample({ label: label('background') })).toBeNull();
    expect(nameOfSample({ label: null })).toBeUndefined();
  });

  it('are not trained on without a label, nor when held out', () => {
    const samples = [
      makeSample('s1'),
      makeSample('s2', { label: classLabel('cat') }),
      makeSample('s3', { label: classLabel('cat'), heldOut: true }),
      makeSample('s4', { label: label('background') }),
    ];
    expect(trainingExamples(samples).map(({ id }) => id)).toEqual(['s2', 's4']);
    const ids = trainingExamples(samples, ({ id }) => (id === 's1' ? 'k7' : undefined));
    expect(ids).toMatchObject([{ id: 's1', label: 'k7' }]);
  });
});
