import { describe, expect, it } from 'vitest';
import { manyClasses } from '../../../../operators/ingest/world/many-classes.ts';
import { scenarioSchema } from '../../../../operators/ingest/world/scenario.ts';
import { SpriteCache } from '../../../../operators/ingest/world/rendering/sprite-cache.ts';

const classes = [{ name: 'teddy bear', emoji: '1f9f8' }];

describe('scenarioSchema', () => {
  it('requires classes only, and parses to plain data', () => {
    const scenario = scenarioSchema.parse({ classes });
    expect(scenario).toMatchObject({ width: 640, height: 480, fps: 15, objectsAtOnce: 3 });
    expect(scenario.classes[0]).toEqual({
      ...classes[0],
      known: null,
      fromFrame: 0,
      untilFrame: null,
    });
    expect(scenarioSchema.parse(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario);
  });

  it.each([
    ['an unknown key', { classes, colour: 'red' }],
    ['no class', { classes: [] }],
    ['a reversed range', { classes, speed: [100, 50] }],
    ['a path as emoji', { classes: [{ name: 'x', emoji: '../secret' }] }],
    ['a frame rate of 0', { classes, fps: 0 }],
  ])('refuses %s', (_, scenario) => {
    expect(scenarioSchema.safeParse(scenario).success).toBe(false);
  });
});

describe('manyClasses', () => {
  it('creates distinct unknown classes that appear one after another', () => {
    const { classes: made } = manyClasses(200, 3);
    expect(new Set(made.map((each) => each.name)).size).toBe(200);
    expect(new Set(made.map((each) => each.emoji)).size).toBe(200);
    expect(made.every((each) => each.known === null)).toBe(true);
    expect(made.map((each) => each.fromFrame)).toEqual(made.map((_, order) => order * 300));
    const sprites = new SpriteCache();
    for (const { emoji } of made) expect(() => sprites.path(emoji)).not.toThrow();
  });

  it('is deterministic for its seed', () => {
    expect(manyClasses(20, 3)).toEqual(manyClasses(20, 3));
    expect(manyClasses(20, 3).classes).not.toEqual(manyClasses(20, 4).classes);
  });

  it('states the possible number of classes', () => {
    expect(() => manyClasses(100_000, 1)).toThrow(
      /there are pictures for 1 to \d{3} classes, not 100000/,
    );
    expect(() => manyClasses(0, 1)).toThrow(RangeError);
  });
});
