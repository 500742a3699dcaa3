import { describe, expect, it } from 'vitest';
import { cropEmbeddingLength } from '../../../../../operators/detect/engines/engine.ts';
import {
  exemplarBytes,
  exemplarRows,
  packExemplar,
} from '../../../../../operators/learn/strategies/rehearsal/exemplar.ts';
import {
  ExemplarStore,
  largestGroup,
  unpackStore,
  type ChooseVictim,
} from '../../../../../operators/learn/strategies/rehearsal/exemplar-store.ts';
import { packFloat16, unpackFloat16 } from '../../../../../operators/foundation/numbers/float16.ts';
import { openFile, sealFile } from '../../../../../operators/foundation/files/sealed-file.ts';
import { makeExample, makeExamples } from '../../make-example.ts';

const exemplars = (label: string, count: number) =>
  makeExamples(label, count).map((each) => packExemplar(each, cropEmbeddingLength));
const ids = (store: ExemplarStore) => store.all().map(({ id }) => id);
const oldestOfLargest: ChooseVictim = (groups, newcomer) => largestGroup(groups, newcomer)[0]!;

describe('exemplar', () => {
  it('unpacks to the example it was packed from, in float16', () => {
    const example = makeExample('a0', 'a', { crops: 2, cells: 4 });
    const unpacked = exemplarRows(packExemplar(example, cropEmbeddingLength));
    const half = (values: Float32Array) => unpackFloat16(packFloat16(values));
    expect(unpacked.label).toBe('a');
    expect(unpackFloat16(unpacked.dense as Uint16Array)).toEqual(half(example.dense));
    expect(unpackFloat16(unpacked.embeddings as Uint16Array)).toEqual(half(example.embeddings));
    expect(unpacked.denseTargets).toEqual(half(example.denseTargets));
  });

  it('counts its vectors, its strings and an overhead as bytes', () => {
    const example = makeExample('a0', 'bee', { crops: 1 });
    const values = example.dense.length + example.embeddings.length + example.denseTargets.length;
    expect(exemplarBytes(packExemplar(example, cropEmbeddingLength))).toBe(
      2 * values + 2 * 5 + 768,
    );
  });
});

describe('exemplar store', () => {
  it('counts the bytes of its exemplars', () => {
    const held = [...exemplars('a', 2), ...exemplars('b', 1)];
    const store = new ExemplarStore(held);
    expect(store.count).toBe(3);
    expect(store.bytes).toBe(held.reduce((sum, exemplar) => sum + exemplarBytes(exemplar), 0));
    expect(store.labels).toEqual(['a', 'b']);
  });

  it('never exceeds its bytes, and evicts the exemplars that are chosen', () => {
    const [one] = exemplars('a', 1);
    const store = new ExemplarStore(exemplars('a', 3)).fit(
      exemplars('b', 2),
      3.5 * exemplarBytes(one!),
      oldestOfLargest,
    );
    expect(ids(store)).toEqual(['a1', 'a2', 'b1']);
    expect(store.bytes).toBe(3 * exemplarBytes(one!));
  });

  it('shrinks when the bound falls, without a newcomer', () => {
    const [one] = exemplars('a', 1);
    const store = new ExemplarStore([...exemplars('a', 3), ...exemplars('b', 2)]);
    expect(ids(store.fit([], 2.5 * exemplarBytes(one!), oldestOfLargest))).toEqual(['a2', 'b1']);
    expect(store.fit([], 10, oldestOfLargest).count).toBe(0);
  });

  it('keeps only the latest exemplar of an id and label', () => {
    const again = packExemplar(makeExample('a0', 'a', { crops: 3 }), cropEmbeddingLength);
    const store = new ExemplarStore(exemplars('a', 2)).fit([again], 1e6, oldestOfLargest);
    expect(ids(store)).toEqual(['a1', 'a0']);
    expect(store.ofLabel('a')[1]!.crops).toBe(3);
    expect(store.bytes).toBe(new ExemplarStore(store.all()).bytes);
  });

  it('removes by id and label, and keeps the same id of another label', () => {
    const relabelled = packExemplar(makeExample('a0', 'b'), cropEmbeddingLength);
    const none = packExemplar(makeExample('a0', null), cropEmbeddingLength);
    const store = new ExemplarStore([...exemplars('a', 2), relabelled, none]);
    const left = store.without([
      { id: 'a0', label: 'a' },
      { id: 'x', label: 'a' },
    ]);
    expect(left.all().map(({ id, label }) => [id, label])).toEqual([
      ['a1', 'a'],
      ['a0', 'b'],
      ['a0', null],
    ]);
    expect(left.without([none]).labels).toEqual(['a', 'b']);
  });

  it('is restored unchanged from a file, codes and float16 alike', () => {
    const coded = {
      id: 'c',
      label: null,
      cells: 1,
      crops: 0,
      payload: Uint8Array.of(1, 2, 3),
    };
    const store = new ExemplarStore([...exemplars('a', 2), coded]);
    const kind = { name: 'test', magic: 'TESTTEST', version: 1 };
    const { header, blobs } = store.pack();
    const file = openFile(kind, sealFile(kind, header, blobs));
    const restored = unpackStore(file.header, file.take);
    expect(restored.all()).toEqual(store.all());
    expect(restored.bytes).toBe(store.bytes);
  });

  it('prefers the newcomer’s group among the largest', () => {
    const groups = new Map([
      ['a', exemplars('a', 2)],
      ['b', exemplars('b', 2)],
    ]);
    expect(largestGroup(groups, null)[0]!.label).toBe('a');
    expect(largestGroup(groups, groups.get('b')![0]!)[0]!.label).toBe('b');
  });
});
