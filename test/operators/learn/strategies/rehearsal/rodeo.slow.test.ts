import { describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../../../operators/detect/engines/engine.ts';
import { rodeoMethod } from '../../../../../operators/learn/strategies/rehearsal/rodeo.ts';
import type { TrainingExample } from '../../../../../operators/learn/strategies/gradient/training-rows.ts';
import type { Change, Example } from '../../../../../operators/learn/strategy.ts';
import { openFile, sealFile } from '../../../../../operators/foundation/files/sealed-file.ts';
import { unpackFloat16 } from '../../../../../operators/foundation/numbers/float16.ts';
import { makeExample, makeExamples } from '../../make-example.ts';
import { updateContext } from '../update-context.ts';

type State = typeof rodeoMethod.empty;

async function admit(state: State, change: Partial<Change>, ownBytesMax = 1e6): Promise<State> {
  return rodeoMethod.admit!(state, updateContext(change, { ownBytesMax }));
}

const many = (label: string, count: number): Example[] =>
  Array.from({ length: count }, (_, i) => makeExample(`${label}${i}`, label, { cells: 20 }));

const replayed = (state: State) => rodeoMethod.examples(state, updateContext({}));

/** Mean squared error of decoded cells, relative to the variance of the original cells. */
function relativeError(decoded: readonly TrainingExample[], examples: readonly Example[]): number {
  let error = 0;
  let energy = 0;
  decoded.forEach(({ dense }, k) => {
    const cells = unpackFloat16(dense as Uint16Array);
    const own = examples[k]!.dense;
    const mean = own.reduce((sum, value) => sum + value / own.length, 0);
    own.forEach((value, i) => {
      error += (value - cells[i]!) ** 2;
      energy += (value - mean) ** 2;
    });
  });
  return error / energy;
}

describe('rodeo', () => {
  const examples = many('a', 110);
  const coded = admit(rodeoMethod.empty, { added: examples }, 1e7);

  it('keeps float16 until there are enough rows to train a quantiser, then codes of an eighth of the size', async () => {
    const few = makeExamples('a', 4, { crops: 1 });
    const waiting = await admit(rodeoMethod.empty, { added: few });
    expect(waiting.dense).toBeNull();
    expect(waiting.store.ofLabel('a')[0]!.payload).toBeInstanceOf(Uint16Array);
    const { store, dense, crop } = await coded;
    expect(dense!.words).toBe(256);
    expect(crop).toBeNull();
    expect(store.ofLabel('a')[0]!.payload).toBeInstanceOf(Uint8Array);
    // 20 cells of 16 codes, and 20 targets.
    expect(store.ofLabel('a')[0]!.payload).toHaveLength(20 * 16 + 20);
    expect(rodeoMethod.bytes(await coded)).toBe(store.bytes + dense!.bytes);
  });

  it('starts to encode when half of its bytes are full, embeddings and cells alike', async () => {
    const added = makeExamples('a', 12, { crops: 1 });
    const state = await admit(rodeoMethod.empty, { added }, 70_000);
    expect(state.dense).not.toBeNull();
    expect(state.crop).not.toBeNull();
    const bookShare = (state.dense!.bytes + state.crop!.bytes) / 70_000;
    expect(bookShare).toBeLessThan(0.26);
    expect(rodeoMethod.bytes(state)).toBeLessThanOrEqual(70_000);
    expect(state.store.count).toBe(12);
  });

  it('trains its codebooks once, and encodes later examples with them', async () => {
    const first = await coded;
    const second = await admit(first, { added: many('b', 10) }, 1e7);
    expect(second.dense).toBe(first.dense);
    expect(second.store.ofLabel('b')).toHaveLength(10);
    expect(second.store.ofLabel('b')[0]!.payload).toBeInstanceOf(Uint8Array);
  });

  it('trains on decoded examples, which are close to the originals', async () => {
    const decoded = replayed(await coded);
    expect(decoded).toHaveLength(110);
    expect(decoded[0]!.dense).toHaveLength(20 * denseLatentLength);
    expect(relativeError(decoded, examples)).toBeLessThan(0.6);
    expect(relativeError(decoded, examples)).toBeGreaterThan(0.01);
    decoded[0]!.denseTargets.forEach((target, i) =>
      expect(Math.abs(target - examples[0]!.denseTargets[i]!)).toBeLessThan(1 / 255),
    );
  });

  it('evicts random examples of the largest label, never the newcomer', async () => {
    const room = 12_000;
    let state = await admit(rodeoMethod.empty, { added: makeExamples('a', 3) }, room);
    for (let i = 0; i < 30; i++) {
      state = await admit(state, { added: [makeExample(`b${i}`, 'b')] }, room);
      expect(rodeoMethod.bytes(state)).toBeLessThanOrEqual(room);
      expect(state.store.ofLabel('b').at(-1)!.id).toBe(`b${i}`);
    }
    const left = state.store.ofLabel('b').map(({ id }) => Number(id.slice(1)));
    expect(state.store.ofLabel('a')).toHaveLength(3);
    expect(left.length).toBeGreaterThan(3);
    expect(left.length).toBeLessThan(15);
    expect(left).not.toEqual(left.map((_, i) => 30 - left.length + i));
  });

  it('draws equally many of each label if it holds more than it decodes', async () => {
    const small = (label: string, count: number) =>
      Array.from({ length: count }, (_, i) => makeExample(`${label}${i}`, label, { cells: 1 }));
    const state = await admit(
      rodeoMethod.empty,
      { added: [...small('a', 1100), ...small('b', 30)] },
      2e6,
    );
    const drawn = replayed(state);
    expect(drawn.filter(({ label }) => label === 'a')).toHaveLength(1024);
    expect(drawn.filter(({ label }) => label === 'b')).toHaveLength(30);
  });

  it('is restored from a file with its codebooks', async () => {
    const state = await admit(
      rodeoMethod.empty,
      { added: makeExamples('a', 12, { crops: 1 }) },
      70_000,
    );
    const kind = { name: 'test', magic: 'TESTTEST', version: 1 };
    const { header, blobs } = rodeoMethod.pack(state);
    const file = openFile(kind, sealFile(kind, header, blobs));
    const restored = rodeoMethod.unpack(file.header, file.take);
    expect(restored.crop!.codebooks).toEqual(state.crop!.codebooks);
    expect(replayed(restored)).toEqual(replayed(state));
  });
});
