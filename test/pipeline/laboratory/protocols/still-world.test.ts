import { describe, expect, it } from 'vitest';
import { scenarioSchema } from '../../../../operators/ingest/world/scenario.ts';
import { Simulation } from '../../../../operators/ingest/world/simulation.ts';
import { SpriteCache } from '../../../../operators/ingest/world/rendering/sprite-cache.ts';
import { WorldRenderer } from '../../../../operators/ingest/world/rendering/world-renderer.ts';
import {
  type StillFrame,
  StillWorld,
} from '../../../../pipeline/laboratory/protocols/still-world.ts';

const scenario = scenarioSchema.parse({
  width: 160,
  height: 120,
  fps: 100,
  objectSize: [40, 60],
  speed: [200, 400],
  classes: [
    { name: 'teddy bear', emoji: '1f9f8' },
    { name: 'hammer', emoji: '1f528' },
  ],
});
const viewSize = 32;

/** Copies a frame, whose pixels are valid only until the next one. */
async function copyOf(world: StillWorld, index: number) {
  const frame = await world.skipTo(index);
  return { ...frame, full: frame.full.slice(), view: frame.view.slice() };
}

describe('a still world', () => {
  it('renders the frame that the camera shows at the same index', async () => {
    const simulation = new Simulation(scenario);
    const renderer = new WorldRenderer(scenario, new SpriteCache());
    const slot = { full: new Uint8Array(160 * 120 * 3), view: new Uint8Array(viewSize ** 2 * 3) };
    const world = new StillWorld(scenario, viewSize);
    for (let index = 0; index <= 60; index++) {
      const state = simulation.next();
      if (![0, 1, 30, 60].includes(index)) continue;
      const truth = await renderer.render(state, slot, viewSize);
      const frame = await world.skipTo(index);
      expect(frame).toMatchObject({ index, sourceWidth: 160, sourceHeight: 120 });
      expect(Buffer.compare(frame.full, slot.full)).toBe(0);
      expect(Buffer.compare(frame.view, slot.view)).toBe(0);
      expect([...frame.clear, ...frame.hidden].toSorted(byBox)).toEqual(truth.toSorted(byBox));
    }
  });

  it('renders the same frame, whichever frames were skipped', async () => {
    const [world, skipping] = [
      new StillWorld(scenario, viewSize),
      new StillWorld(scenario, viewSize),
    ];
    for (const index of [3, 7, 8]) await world.skipTo(index);
    expect(await copyOf(world, 40)).toEqual(await copyOf(skipping, 40));
  });

  it('separates clearly visible objects from mostly hidden ones', async () => {
    const world = new StillWorld(scenario, viewSize);
    const frames: Pick<StillFrame, 'clear' | 'hidden'>[] = [];
    for (let index = 0; index < 200; index += 4) frames.push(await copyOf(world, index));
    const clear = frames.flatMap((frame) => frame.clear.map(({ visible }) => visible));
    const hidden = frames.flatMap((frame) => frame.hidden.map(({ visible }) => visible));
    expect(Math.min(...clear)).toBeGreaterThanOrEqual(0.6);
    expect(hidden.length).toBeGreaterThan(0);
    expect(Math.max(...hidden)).toBeLessThan(0.6);
  });

  it('does not go back', async () => {
    const world = new StillWorld(scenario, viewSize);
    await world.skipTo(5);
    await expect(world.skipTo(5)).rejects.toThrow(RangeError);
    await expect(world.skipTo(6)).resolves.toMatchObject({ index: 6 });
  });
});

function byBox(a: { readonly box: readonly number[] }, b: { readonly box: readonly number[] }) {
  return a.box.join().localeCompare(b.box.join());
}
