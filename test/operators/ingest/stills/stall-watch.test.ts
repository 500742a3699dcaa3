import { describe, expect, it } from 'vitest';
import { StallWatch } from '../../../../operators/ingest/stills/stall-watch.ts';

describe('StallWatch', () => {
  it('waits for the first picture, and until the interval is known, as long as for opening', () => {
    const watch = new StallWatch({ openMs: 30_000, stallMs: 10_000 });
    expect(watch.limitMs).toBe(30_000);
    watch.seen(0);
    expect(watch.limitMs).toBe(30_000);
    watch.seen(40);
    expect(watch.limitMs).toBe(10_000);
  });

  it('waits for three intervals of a camera that is slower than the limit', () => {
    const watch = new StallWatch({ openMs: 30_000, stallMs: 10_000 });
    for (let i = 0; i < 3; i++) watch.seen(i * 10_000);
    expect(watch.limitMs).toBe(30_000);
    for (let i = 0; i < 40; i++) watch.seen(20_000 + i * 100);
    expect(watch.limitMs).toBe(10_000);
  });
});
