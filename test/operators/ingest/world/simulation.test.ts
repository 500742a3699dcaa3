import { describe, expect, it } from 'vitest';
import { scenarioSchema } from '../../../../operators/ingest/world/scenario.ts';
import { Simulation } from '../../../../operators/ingest/world/simulation.ts';

const base = {
  classes: [
    { name: 'dog', emoji: '1f415' },
    { name: 'car', emoji: '1f697' },
    { name: 'late', emoji: '1f528', fromFrame: 600 },
  ],
};

describe('Simulation', () => {
  it('never shows more objects at once than the scenario allows', () => {
    const simulation = new Simulation(scenarioSchema.parse({ ...base, objectsAtOnce: 2 }));
    let most = 0;
    for (let i = 0; i < 2000; i++) most = Math.max(most, simulation.next().objects.length);
    expect(most).toBe(2);
  });

  it('moves objects smoothly at about the configured speed, and out of the picture', () => {
    const scenario = scenarioSchema.parse({ ...base, speed: [80, 90], objectsAtOnce: 1 });
    const simulation = new Simulation(scenario);
    const last = new Map<string, { x: number; y: number }>();
    const steps: number[] = [];
    for (let i = 0; i < 1500; i++) {
      for (const { objectId, foot } of simulation.next().objects) {
        const before = last.get(objectId);
        if (before) steps.push(Math.hypot(foot.x - before.x, foot.y - before.y));
        last.set(objectId, foot);
      }
    }
    expect(last.size).toBeGreaterThan(5);
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    expect(mean * scenario.fps).toBeGreaterThan(75);
    expect(mean * scenario.fps).toBeLessThan(95);
    expect(Math.max(...steps)).toBeLessThan(mean * 4);
  });

  it('shows all classes equally often, without catching up for a late one', () => {
    const simulation = new Simulation(scenarioSchema.parse({ ...base, objectsAtOnce: 2 }));
    const idsOf = new Map<string, Set<string>>();
    for (let i = 0; i < 4000; i++) {
      for (const object of simulation.next().objects) {
        const ids = idsOf.get(object.class.name) ?? new Set();
        idsOf.set(object.class.name, ids.add(object.objectId));
      }
    }
    const counts = ['dog', 'car', 'late'].map((name) => idsOf.get(name)!.size);
    expect(Math.abs(counts[0]! - counts[1]!)).toBeLessThanOrEqual(2);
    expect(counts[2]!).toBeGreaterThan(counts[0]! * 0.5);
    expect(counts[2]!).toBeLessThan(counts[0]! + 3);
  });

  it('orders objects from far to near', () => {
    const simulation = new Simulation(scenarioSchema.parse({ ...base, objectsAtOnce: 5 }));
    for (let i = 0; i < 500; i++) {
      const feet = simulation.next().objects.map((object) => object.foot.y);
      expect(feet).toEqual(feet.toSorted((a, b) => a - b));
    }
  });

  it('keeps light and shake within their bounds, and covers the range of the light', () => {
    const light = { darkest: 0.5, periodSeconds: 20 };
    const simulation = new Simulation(scenarioSchema.parse({ ...base, light, shakePx: 2 }));
    const states = Array.from({ length: 600 }, () => simulation.next().camera);
    const lights = states.map((camera) => camera.light);
    expect(Math.min(...lights)).toBeCloseTo(0.5, 2);
    expect(Math.max(...lights)).toBeCloseTo(1, 2);
    const shakes = states.flatMap((camera) => [camera.shakeX, camera.shakeY]);
    expect(Math.max(...shakes.map(Math.abs))).toBe(2);
    expect(shakes.every(Number.isInteger)).toBe(true);
  });
});
