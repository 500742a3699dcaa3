import { describe, expect, it } from 'vitest';
import {
  backgroundBytesMax,
  BackgroundLedger,
  decodeBackground,
} from '../../../pipeline/state/background-ledger.ts';
import { makeBackground, makeExample } from '../../operators/learn/make-example.ts';

const batch = { background: makeBackground(3), backgroundWeight: 4, negatives: [] };

/** A batch of about this many bytes. */
const large = (bytes: number) => ({ ...batch, background: new Float32Array(bytes / 4) });

describe('the background ledger', () => {
  it('stores a batch as one record, with its negatives', () => {
    const negatives = [makeExample('n1', null, { crops: 1 }), makeExample('n2', null)];
    const { changes } = new BackgroundLedger().plan(7, { ...batch, negatives });
    expect(changes).toMatchObject([{ put: { kind: 'background', key: '000000000000007' } }]);
    const [change] = changes;
    const bytes = 'put' in change! ? change.put.bytes : new Uint8Array(0);
    expect(decodeBackground(bytes)).toEqual({ ...batch, negatives });
    expect(() => decodeBackground(bytes.slice(0, -1))).toThrow();
  });

  it('stores nothing for an update without background', () => {
    const empty = { ...batch, background: new Float32Array(0) };
    expect(new BackgroundLedger().plan(7, empty).changes).toEqual([]);
    expect(new BackgroundLedger().plan(7, null).changes).toEqual([]);
  });

  it('never keeps more than its bound: the oldest make room', () => {
    const ledger = new BackgroundLedger([[1, backgroundBytesMax / 2]]);
    for (let position = 2; position < 9; position++) {
      const plan = ledger.plan(position, large(backgroundBytesMax / 4));
      plan.apply();
    }
    expect(ledger.positions).toEqual([6, 7, 8]);
    expect(ledger.plan(9, large(2 * backgroundBytesMax)).changes).toEqual([]);
  });

  it('changes nothing before a plan is applied', () => {
    const ledger = new BackgroundLedger([[1, backgroundBytesMax]]);
    const plan = ledger.plan(2, batch);
    expect(plan.changes).toContainEqual({
      remove: { kind: 'background', key: '000000000000001' },
    });
    expect(ledger.positions).toEqual([1]);
    plan.apply();
    expect(ledger.positions).toEqual([2]);
  });
});
