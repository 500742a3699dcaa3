import { describe, expect, it } from 'vitest';
import { defaultScenario } from '../../../../operators/ingest/world/default-scenario.ts';
import { Simulation } from '../../../../operators/ingest/world/simulation.ts';
import { SpriteCache } from '../../../../operators/ingest/world/rendering/sprite-cache.ts';

describe('defaultScenario', () => {
  it('has classes that are known to the base detector and others that are not, all with a picture', () => {
    const { classes } = defaultScenario(1);
    expect(classes.filter((each) => each.known !== null).length).toBeGreaterThanOrEqual(3);
    expect(classes.filter((each) => each.known === null).length).toBeGreaterThanOrEqual(3);
    const sprites = new SpriteCache();
    for (const { emoji } of classes) expect(() => sprites.path(emoji)).not.toThrow();
  });

  it.each([1, 2, 3, 4, 5])(
    'shows the first unknown class within 15 seconds and three times per minute, seed %i',
    (seed) => {
      const scenario = defaultScenario(seed);
      const first = scenario.classes.find((each) => each.known === null)!;
      const simulation = new Simulation(scenario);
      const firstSeconds = new Map<string, number>();
      for (let frame = 0; frame < 60 * scenario.fps; frame++) {
        for (const object of simulation.next().objects) {
          if (object.class !== first || firstSeconds.has(object.objectId)) continue;
          firstSeconds.set(object.objectId, frame / scenario.fps);
        }
      }
      expect(Math.min(...firstSeconds.values())).toBeLessThan(15);
      expect(firstSeconds.size).toBeGreaterThanOrEqual(3);
    },
  );
});
