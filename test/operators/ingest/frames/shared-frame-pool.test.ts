import { describe, expect, it } from 'vitest';
import type { FrameSlot } from '../../../../operators/ingest/frames/frame-pool.ts';
import type { ViewSize } from '../../../../operators/ingest/frames/view-size.ts';
import { SharedFramePool } from '../../../../operators/ingest/frames/shared-frame-pool.ts';

const place = { camera: 'door', index: 7, timestampMs: 70, timeBasis: 'arrival' } as const;
const metadata = { ...place, sourceWidth: 8, sourceHeight: 4 };
const never = new AbortController().signal;

function take(pool: SharedFramePool, width = 8, height = 4, viewSize = 2): FrameSlot {
  const slot = pool.tryAcquire(width, height, viewSize);
  if (slot === null) throw new Error('no slot');
  return slot;
}

describe('SharedFramePool', () => {
  it('never has more than its number of slots in use', () => {
    const pool = new SharedFramePool(2);
    take(pool);
    take(pool);
    expect(pool.tryAcquire(8, 4, 2)).toBeNull();
    expect(pool.inUse).toBe(2);
  });

  it('places full picture and view in one shared buffer without overlap', () => {
    const slot = take(new SharedFramePool(1));
    expect(slot.full.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(slot.view.buffer).toBe(slot.full.buffer);
    slot.full.fill(1);
    slot.view.fill(2);
    expect(slot.full).toEqual(new Uint8Array(8 * 4 * 3).fill(1));
    expect(slot.view).toEqual(new Uint8Array(2 * 2 * 3).fill(2));
  });

  it('publishes a frame with its metadata, sizes and pixels', () => {
    const slot = take(new SharedFramePool(1));
    slot.full[0] = 9;
    const frame = slot.publish(metadata);
    expect(frame).toMatchObject({ ...metadata, width: 8, height: 4, viewSize: 2 });
    expect(frame.full[0]).toBe(9);
    expect('truth' in frame).toBe(false);
  });

  it('allocates buffers on first use, reuses them, and replaces those that are too small', () => {
    const pool = new SharedFramePool(3);
    expect(pool.bytes).toBe(0);
    take(pool).abandon();
    const small = pool.bytes;
    take(pool).abandon();
    expect(pool.bytes).toBe(small);
    take(pool, 80, 40).abandon();
    const large = pool.bytes;
    expect(large).toBeGreaterThanOrEqual(80 * 40 * 3 + 2 * 2 * 3);
    take(pool).abandon();
    expect(pool.bytes).toBe(large);
  });

  it('returns the buffer with the last release, not before', () => {
    const pool = new SharedFramePool(1);
    const frame = take(pool).publish(metadata);
    frame.retain();
    frame.release();
    expect(pool.inUse).toBe(1);
    frame.release();
    expect(pool.inUse).toBe(0);
  });

  it('throws on a release or retain after the last release', () => {
    const frame = take(new SharedFramePool(1)).publish(metadata);
    frame.release();
    expect(() => frame.release()).toThrow('frame 7 of door: release after its last release');
    expect(() => frame.retain()).toThrow('retain after its last release');
  });

  it('throws when a slot is published or abandoned twice', () => {
    const pool = new SharedFramePool(2);
    const published = take(pool);
    published.publish(metadata);
    expect(() => published.abandon()).toThrow('already published or abandoned');
    const abandoned = take(pool);
    abandoned.abandon();
    expect(() => abandoned.publish(metadata)).toThrow('already published or abandoned');
    expect(pool.inUse).toBe(1);
  });

  it('serves waiting callers in order, each with its own size', async () => {
    const pool = new SharedFramePool(1);
    const held = take(pool);
    const served: string[] = [];
    const first = pool.acquire(4, 4, 2, never).then((slot) => (served.push('first'), slot));
    const second = pool.acquire(6, 6, 2, never).then((slot) => (served.push('second'), slot));
    held.abandon();
    const slot = await first;
    expect(slot.full.length).toBe(4 * 4 * 3);
    expect(served).toEqual(['first']);
    expect(pool.tryAcquire(1, 1, 1)).toBeNull();
    slot.abandon();
    expect((await second).full.length).toBe(6 * 6 * 3);
    expect(pool.inUse).toBe(1);
  });

  it('removes a waiting caller whose signal aborts, and rejects with the reason', async () => {
    const pool = new SharedFramePool(1);
    const held = take(pool);
    const aborting = new AbortController();
    const aborted = pool.acquire(8, 4, 2, aborting.signal);
    const waiting = pool.acquire(8, 4, 2, never);
    aborting.abort(new Error('camera closed'));
    await expect(aborted).rejects.toThrow('camera closed');
    held.abandon();
    (await waiting).abandon();
    expect(pool.inUse).toBe(0);
    await expect(pool.acquire(8, 4, 2, aborting.signal)).rejects.toThrow('camera closed');
    expect(pool.inUse).toBe(0);
  });

  it('refuses a plan of views in place of a view, without losing a slot', async () => {
    const pool = new SharedFramePool(1);
    const plan = { shape: 'own', side: 320 } as unknown as ViewSize;
    const message = 'expected a view: use viewOf(viewSize, width, height)';
    for (const view of [plan, NaN, 1.5, 0, -2]) {
      expect(() => pool.tryAcquire(8, 4, view)).toThrow(new TypeError(message));
      await expect(pool.acquire(8, 4, view, never)).rejects.toThrow(message);
    }
    expect(pool.inUse).toBe(0);
    take(pool).abandon();
  });

  it('requires a positive whole number of slots', () => {
    expect(() => new SharedFramePool(0)).toThrow(RangeError);
    expect(() => new SharedFramePool(1.5)).toThrow(RangeError);
  });
});
