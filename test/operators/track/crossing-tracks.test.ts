import { describe, expect, it } from 'vitest';
import { crossingTracks } from '../../../operators/track/crossing-tracks.ts';
import { boxAt, trackAt } from './scene.ts';

describe('crossingTracks', () => {
  const one = trackAt(1, boxAt(500, 500), 0);

  it('are visible tracks that overlap, each with the other', () => {
    const near = trackAt(2, boxAt(560, 500), 0);
    const far = trackAt(3, boxAt(700, 500), 0);
    expect([...crossingTracks([one, near, far])]).toEqual([1, 2]);
  });

  it('are not those of one object, nor those that are not confirmed', () => {
    const part = trackAt(2, boxAt(500, 500, 80), 0, { fragment: true });
    const fresh = trackAt(3, boxAt(540, 500), 0, { confirmed: false });
    expect([...crossingTracks([one, part, fresh])]).toEqual([]);
  });

  it('are missed tracks, which no longer cross others', () => {
    const missed = trackAt(2, boxAt(500, 500), 0, { missed: 2, observation: null });
    expect([...crossingTracks([one, missed])]).toEqual([2]);
    expect([...crossingTracks([one, { ...missed, seenBy: 'tile' }])]).toEqual([]);
  });
});
