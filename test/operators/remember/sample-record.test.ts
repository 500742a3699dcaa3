import { describe, expect, it } from 'vitest';
import { packRecord } from '../../../operators/foundation/files/packed-record.ts';
import { ownBuffers } from '../../../operators/remember/sample-bytes.ts';
import { decodeSample, encodeSample } from '../../../operators/remember/sample-record.ts';
import { makeSample } from './make-sample.ts';

describe('the record of a sample', () => {
  it('has all of it, box offsets too', () => {
    const thumbnail = Uint8Array.of(1, 2, 3);
    const sample = makeSample('s1', { thumbnail, offsets: [[0.1, -0.2, 0, 1 / 3]] }, 3);
    expect(decodeSample(encodeSample({ sample, key: 0.25 }))).toEqual({ sample, key: 0.25 });
  });

  it('is the same bytes in whatever order the fields of the sample were set', () => {
    const sample = makeSample('s1', { asked: false }, 3);
    const { label, ...rest } = sample;
    const relabelled = { label, ...rest };
    expect(Object.keys(relabelled)).not.toEqual(Object.keys(sample));
    expect(encodeSample({ sample: relabelled, key: 0.25 })).toEqual(
      encodeSample({ sample, key: 0.25 }),
    );
  });

  it('is the memory of the sample that is read from it, in which nothing is copied', () => {
    const record = encodeSample({ sample: makeSample('s1', {}, 3), key: 0.25 });
    const { sample } = decodeSample(record);
    const kept = ownBuffers(sample);
    expect(kept.dense.buffer).toBe(record.buffer);
    expect(kept.embeddings.buffer).toBe(record.buffer);
  });

  it('is copied where it is part of a larger buffer', () => {
    const record = encodeSample({ sample: makeSample('s1', {}, 3), key: 0.25 });
    const larger = new Uint8Array(record.length + 100_000);
    larger.set(record, 4);
    const { sample } = decodeSample(larger.subarray(4, 4 + record.length));
    expect(ownBuffers(sample).dense.buffer.byteLength).toBe(sample.dense.byteLength);
    expect(ownBuffers(sample)).toEqual(sample);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('not a record')],
    ['another header', packRecord({ key: 1 }, [])],
    ['a cut', encodeSample({ sample: makeSample('s1'), key: 1 }).slice(0, -3)],
    [
      'no id',
      packRecord(
        { key: 1, sample: {}, dense: 0, denseTargets: 0, embeddings: 0, thumbnail: 0 },
        [],
      ),
    ],
  ])('cannot be read from %s', (_, bytes) => {
    expect(() => decodeSample(bytes)).toThrow();
  });
});
