import { expect, it } from 'vitest';
import { TokenBucket } from '../../sinks/token-bucket.ts';

it('a token bucket allows its burst, then its rate', () => {
  const bucket = new TokenBucket(3, 2);
  const at = (nowMs: number) => bucket.take(nowMs);
  expect([at(0), at(0), at(0), at(0)]).toEqual([true, true, true, false]);
  expect([at(499), at(500), at(501)]).toEqual([false, true, false]);
});

it('a token bucket accumulates no more than its burst', () => {
  const bucket = new TokenBucket(2, 10);
  bucket.take(0);
  expect([1, 2, 3].map(() => bucket.take(1_000_000))).toEqual([true, true, false]);
});
