import { describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../../../operators/detect/engines/engine.ts';
import { rodeo } from '../../../../../operators/learn/strategies/rehearsal/rodeo.ts';
import type { TrainingExample } from '../../../../../operators/learn/strategies/gradient/training-rows.ts';
import type { Change, Example } from '../../../../../operators/learn/strategy.ts';
import { openFile, sealFile } from '../../../../../operators/foundation/files/sealed-file.ts';
import { unpackFloat16 } from '../../../../../operators/foundation/numbers/float16.ts';
import { makeExample, makeExamples } from '../../make-example.ts';
import { updateContext } from '../update-context.ts';

type State = typeof rodeo.empty;

async function admit(state: State, change: Partial<Change>, ownBytesMax = 1e6): Promise<State> {
  return rodeo.admit!(state, updateContext(change, { ownBytesMax }));
}

const many = (label: string, count: number): Example[] =>
  Array.from({ length: count }, (_, i) => makeExample(`${label}${i}`, label, { cells: 20 }));

const lessons = (state: State) => rodeo.lessons(state, updateContext({}));

/** Mean squared difference between the cells of lessons and what they were made of, against the cells' variance. */
function lost(taught: readonly TrainingExample[], examples: readonly Example[]): number {
  let error = 0;
  let energy = 0;
  taught.forEach(({ dense }, k) => {
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
  const coded = admit(rodeo.empty, { added: examples }, 1e7);

  it('keeps float16 until there is enough to train a quantiser on, then codes of an eighth of it', async () => {
    const few = makeExamples('a', 4, { looks: 1 });
    const waiting = await admit(rodeo.empty, { added: few });
    expect(waiting.dense).toBeNull();
    expect(waiting.store.of('a')[0]!.payload).toBeInstanceOf(Uint16Array);
    const { store, dense, look } = await coded;
    expect(dense!.words).toBe(256);
    expect(look).toBeNull();
    expect(store.of('a')[0]!.payload).toBeInstanceOf(Uint8Array);
    // 20 cells of 16 codes, and 20 targets.
    expect(store.of('a')[0]!.payload).toHaveLength(20 * 16 + 20);
    expect(rodeo.bytes(await coded)).toBe(store.bytes + dense!.bytes);
  });

  it('starts to code when half of its bytes are full, looks and cells alike', async () => {
    const added = makeExamples('a', 12, { looks: 1 });
    const state = await admit(rodeo.empty, { added }, 70_000);
    expect(state.dense).not.toBeNull();
    expect(state.look).not.toBeNull();
    const bookShare = (state.dense!.bytes + state.look!.bytes) / 70_000;
    expect(bookShare).toBeLessThan(0.26);
    expect(rodeo.bytes(state)).toBeLessThanOrEqual(70_000);
    expect(state.store.count).toBe(12);
  });

  it('trains once, and codes what comes later with the same books', async () => {
    const first = await coded;
    const second = await admit(first, { added: many('b', 10) }, 1e7);
    expect(second.dense).toBe(first.dense);
    expect(second.store.of('b')).toHaveLength(10);
    expect(second.store.of('b')[0]!.payload).toBeInstanceOf(Uint8Array);
  });

  it('trains on what the codes stand for, near to what was seen', async () => {
    const taught = lessons(await coded);
    expect(taught).toHaveLength(110);
    expect(taught[0]!.dense).toHaveLength(20 * denseLatentLength);
    expect(lost(taught, examples)).toBeLessThan(0.6);
    expect(lost(taught, examples)).toBeGreaterThan(0.01);
    taught[0]!.denseTargets.forEach((target, i) =>
      expect(Math.abs(target - examples[0]!.denseTargets[i]!)).toBeLessThan(1 / 255),
    );
  });

  it('lets random examples of the largest label go, never the newcomer', async () => {
    const room = 12_000;
    let state = await admit(rodeo.empty, { added: makeExamples('a', 3) }, room);
    for (let i = 0; i < 30; i++) {
      state = await admit(state, { added: [makeExample(`b${i}`, 'b')] }, room);
      expect(rodeo.bytes(state)).toBeLessThanOrEqual(room);
      expect(state.store.of('b').at(-1)!.id).toBe(`b${i}`);
    }
    const left = state.store.of('b').map(({ id }) => Number(id.slice(1)));
    expect(state.store.of('a')).toHaveLength(3);
    expect(left.length).toBeGreaterThan(3);
    expect(left.length).toBeLessThan(15);
    expect(left).not.toEqual(left.map((_, i) => 30 - left.length + i));
  });

  it('draws equally many of each label where it holds more than it decodes', async () => {
    const small = (label: string, count: number) =>
      Array.from({ length: count }, (_, i) => makeExample(`${label}${i}`, label, { cells: 1 }));
    const state = await admit(
      rodeo.empty,
      { added: [...small('a', 1100), ...small('b', 30)] },
      2e6,
    );
    const taught = lessons(state);
    expect(taught.filter(({ label }) => label === 'a')).toHaveLength(1024);
    expect(taught.filter(({ label }) => label === 'b')).toHaveLength(30);
  });

  it('comes back from a file with its books', async () => {
    const state = await admit(rodeo.empty, { added: makeExamples('a', 12, { looks: 1 }) }, 70_000);
    const kind = { name: 'test', magic: 'TESTTEST', version: 1 };
    const { header, blobs } = rodeo.pack(state);
    const file = openFile(kind, sealFile(kind, header, blobs));
    const restored = rodeo.unpack(file.header, file.take);
    expect(restored.look!.codebooks).toEqual(state.look!.codebooks);
    expect(lessons(restored)).toEqual(lessons(state));
  });
});
