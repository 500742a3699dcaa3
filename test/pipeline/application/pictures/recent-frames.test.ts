import { expect, it } from 'vitest';
import { RecentFrames } from '../../../../pipeline/application/pictures/recent-frames.ts';
import { createPool, takeFrame } from '../scripted-camera.ts';

it('retain the newest frames, find them by index, and release the others', () => {
  const pool = createPool(5);
  const recent = new RecentFrames(2);
  expect([recent.range, recent.find(), recent.find(0)]).toEqual([null, null, null]);
  for (let index = 0; index < 5; index++) {
    const frame = takeFrame(pool, index);
    recent.push(frame);
    frame.release();
  }
  expect(pool.inUse).toBe(2);
  expect(recent.range).toEqual([3, 4]);
  expect(recent.find()?.index).toBe(4);
  expect(recent.find(3)?.index).toBe(3);
  expect(recent.find(2)).toBe(null);
  recent.clear();
  expect(pool.inUse).toBe(0);
  expect(recent.range).toBe(null);
});

it('of length 0 retain nothing', () => {
  const pool = createPool(1);
  const recent = new RecentFrames(0);
  const frame = takeFrame(pool);
  recent.push(frame);
  frame.release();
  expect(pool.inUse).toBe(0);
  expect(recent.find()).toBe(null);
});
