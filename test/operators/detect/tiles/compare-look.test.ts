import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../../operators/detect/detected-frame.ts';
import { compareLook } from '../../../../operators/detect/tiles/compare-look.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';

const see = (box: Box, objectness: number, baseClass = 'person'): Observation => ({
  box,
  objectness,
  baseClass,
  baseScore: objectness,
  baseShare: 1,
  latent: new Float32Array(0),
});
const area: Box = [0, 0, 300, 300];

describe('what a tile shows beside the whole view', () => {
  it('is added where only the tile shows it', () => {
    const seen = see([200, 0, 220, 20], 0.7);
    expect(compareLook([see([0, 0, 100, 100], 0.5)], [seen], area)).toEqual({
      added: [seen],
      firmer: [],
    });
  });

  it('is no second object where both show it, and firmer where the tile shows it better', () => {
    const whole = [see([0, 0, 100, 100], 0.5), see([200, 200, 250, 250], 0.8)];
    const better = see([5, 5, 102, 100], 0.9);
    const worse = see([200, 200, 251, 252], 0.3);
    expect(compareLook(whole, [better, worse], area)).toEqual({
      added: [],
      firmer: [{ of: whole[0], by: better }],
    });
  });

  it('is left out where it is a part of a larger object of the class, not another object in it', () => {
    const whole = [see([0, 0, 100, 200], 0.5)];
    const part = see([20, 20, 60, 60], 0.6);
    const bag = see([20, 80, 60, 120], 0.6, 'handbag');
    expect(compareLook(whole, [part, bag], area).added).toEqual([bag]);
  });

  it('is left out where an edge of the tile cuts it', () => {
    const cut = see([280, 20, 302, 60], 0.6);
    expect(compareLook([], [cut], area)).toEqual({ added: [], firmer: [] });
  });
});
