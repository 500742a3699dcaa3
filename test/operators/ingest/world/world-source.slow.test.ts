import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Frame, TruthBox } from '../../../../operators/ingest/frames/frame.ts';
import { scenarioSchema, type ScenarioInput } from '../../../../operators/ingest/world/scenario.ts';
import { worldSource } from '../../../../operators/ingest/world/world-source.ts';
import { capture, type CaptureOptions } from '../capture.ts';

const small: ScenarioInput = {
  width: 160,
  height: 120,
  fps: 100,
  objectSize: [40, 60],
  speed: [200, 400],
  blurPx: 1,
  classes: [
    { name: 'teddy bear', emoji: '1f9f8', known: 'teddy bear' },
    { name: 'hammer', emoji: '1f528', fromFrame: 20 },
  ],
};

/** A frame without its pixels. */
interface HashedFrame {
  readonly index: number;
  /** SHA-256 of both pictures. */
  readonly hash: string;
  readonly truth: readonly TruthBox[];
}

async function framesOf(
  scenario: ScenarioInput,
  framesMax: number,
  options: CaptureOptions = {},
): Promise<HashedFrame[]> {
  const frames: HashedFrame[] = [];
  const onFrame = ({ index, full, view, truth }: Frame): void => {
    const hash = createHash('sha256').update(full).update(view).digest('hex');
    frames.push({ index, hash, truth: truth ?? [] });
  };
  await capture(worldSource(scenarioSchema.parse(scenario)), { ...options, framesMax, onFrame });
  return frames;
}

describe('worldSource', () => {
  it('renders the same bytes and ground truth for the same seed, and others for another', async () => {
    const first = await framesOf({ ...small, seed: 4 }, 40);
    expect(await framesOf({ ...small, seed: 4 }, 40)).toEqual(first);
    const other = await framesOf({ ...small, seed: 5 }, 40);
    expect(other.filter((frame, i) => frame.hash === first[i]!.hash)).toEqual([]);
    expect(new Set(first.map((frame) => frame.hash)).size).toBe(40);
  });

  it('renders the same bytes at live pace, although frames are dropped in between', async () => {
    const expected = await framesOf(small, 60);
    // Every frame is held for a while, during which others are dropped.
    const live = await framesOf(small, 12, { pace: 'live', slots: 1, holdMs: 15 });
    expect(live.at(-1)!.index).toBeGreaterThan(11);
    const early = live.filter((frame) => frame.index < expected.length);
    expect(early.length).toBeGreaterThan(1);
    for (const frame of early) expect(frame).toEqual(expected[frame.index]);
  });

  it('shows a class from its first frame on only', async () => {
    const frames = await framesOf({ ...small, objectsAtOnce: 6 }, 400);
    const first = frames.find((frame) => frame.truth.some((object) => object.class === 'hammer'));
    expect(first!.index).toBeGreaterThanOrEqual(20);
    const early = frames.filter((frame) => frame.index < 20).flatMap((frame) => frame.truth);
    expect(new Set(early.map((object) => object.class))).toEqual(new Set(['teddy bear']));
  });

  it('shows no further objects of a class after its last frame', async () => {
    const classes = [{ name: 'dog', emoji: '1f415', untilFrame: 1 }];
    const frames = await framesOf({ ...small, classes }, 300);
    const objects = new Set(
      frames.flatMap((frame) => frame.truth.map((object) => object.objectId)),
    );
    expect(objects.size).toBe(1);
    expect(frames.at(-1)!.truth).toEqual([]);
  });

  it('has a tight box around each painted object, within the picture', async () => {
    const plain = { ...small, noise: 0, shakePx: 0, blurPx: 0, clutter: 0, light: { darkest: 1 } };
    const empty = await pictures(
      { ...plain, classes: [{ name: 'none', emoji: '1f9f8', fromFrame: 10_000 }] },
      1,
    );
    let boxes = 0;
    for (const { full, truth } of await pictures({ ...plain, objectsAtOnce: 1 }, 90)) {
      for (const { box, visible } of truth) {
        const [x0, y0, x1, y1] = box;
        expect(x0 >= 0 && y0 >= 0 && x1 <= 160 && y1 <= 120 && x0 < x1 && y0 < y1).toBe(true);
        expect(visible).toBeGreaterThan(0);
        if (visible < 0.99) continue;
        boxes++;
        expect(strongestChangeOutside(full, empty[0]!.full, box)).toBeLessThan(0.75);
      }
    }
    expect(boxes).toBeGreaterThan(10);
  });

  it('states the visible share of objects that others or the edge hide in part', async () => {
    const frames = await framesOf({ ...small, objectsAtOnce: 8, speed: [100, 150] }, 300);
    const shares = frames.flatMap((frame) => frame.truth.map((object) => object.visible));
    expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
    expect(shares.filter((share) => share > 0.98).length).toBeGreaterThan(50);
    expect(shares.filter((share) => share < 0.5).length).toBeGreaterThan(20);
  });

  it('throws for an invalid scenario, with what is wrong', () => {
    expect(() => worldSource({ ...small, fps: 0 })).toThrow(
      expect.objectContaining({ code: 'bad-source', message: expect.stringContaining('fps') }),
    );
  });

  it('throws for a class without a picture', () => {
    const scenario = scenarioSchema.parse({ ...small, classes: [{ name: 'x', emoji: '1234567' }] });
    expect(() => worldSource(scenario)).toThrow(
      expect.objectContaining({ code: 'not-found', source: '1234567' }),
    );
  });
});

async function pictures(
  scenario: ScenarioInput,
  framesMax: number,
): Promise<{ full: Uint8Array; truth: readonly TruthBox[] }[]> {
  const frames: { full: Uint8Array; truth: readonly TruthBox[] }[] = [];
  await capture(worldSource(scenarioSchema.parse(scenario)), {
    framesMax,
    onFrame: (frame) => frames.push({ full: frame.full.slice(), truth: frame.truth ?? [] }),
  });
  return frames;
}

/**
 * The largest relative change of a pixel outside of a box and its soft edge of 2 pixels. Shadows
 * darken by one half at most.
 */
function strongestChangeOutside(full: Uint8Array, empty: Uint8Array, box: TruthBox['box']): number {
  let strongest = 0;
  for (let y = 0; y < 120; y++) {
    for (let x = 0; x < 160; x++) {
      if (x >= box[0] - 2 && x < box[2] + 2 && y >= box[1] - 2 && y < box[3] + 2) continue;
      const at = (y * 160 + x) * 3;
      for (let c = 0; c < 3; c++) {
        strongest = Math.max(
          strongest,
          Math.abs(full[at + c]! - empty[at + c]!) / (empty[at + c]! + 1),
        );
      }
    }
  }
  return strongest;
}
