import { describe, expect, it } from 'vitest';
import { defaultScenario } from '../../../../operators/ingest/world/default-scenario.ts';
import { Simulation } from '../../../../operators/ingest/world/simulation.ts';
import { SpriteShelf } from '../../../../operators/ingest/world/rendering/sprite.ts';

describe('defaultScenario', () => {
  it('names classes that the base detector knows and others that it does not, all with a picture', () => {
    const { classes } = defaultScenario(1);
    expect(classes.filter((each) => each.known !== null).length).toBeGreaterThanOrEqual(3);
    expect(classes.filter((each) => each.known === null).length).toBeGreaterThanOrEqual(3);
    const shelf = new SpriteShelf();
    for (const { emoji } of classes) expect(() => shelf.path(emoji)).not.toThrow();
  });

  it.each([1, 2, 3, 4, 5])(
    'brings the first unknown class in within 15 seconds and three times in a minute, seed %i',
    (seed) => {
      const scenario = defaultScenario(seed);
      const first = scenario.classes.find((each) => each.known === null)!;
      const simulation = new Simulation(scenario);
      const entries = new Map<string, number>();
      for (let frame = 0; frame < 60 * scenario.fps; frame++) {
        for (const actor of simulation.next().actors) {
          if (actor.class !== first || entries.has(actor.objectId)) continue;
          entries.set(actor.objectId, frame / scenario.fps);
        }
      }
      expect(Math.min(...entries.values())).toBeLessThan(15);
      expect(entries.size).toBeGreaterThanOrEqual(3);
    },
  );
});
