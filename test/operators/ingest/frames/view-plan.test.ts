import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import {
  aspectMax,
  describePlan,
  distortionMax,
  isSamePlan,
  isViewOf,
  ownCanvases,
  squareOf,
  viewOf,
  type OwnShape,
} from '../../../../operators/ingest/frames/view-plan.ts';
import {
  boxToSource,
  boxToView,
  canvasOf,
  placeInView,
  type ViewCanvas,
  type ViewPlace,
} from '../../../../operators/ingest/frames/view-size.ts';

const own = (side: number): OwnShape => ({ shape: 'own', side });
const sides = [160, 320, 352, 512, 640, 1280];

/** Sizes of pictures: usual ones, the extremes, and random ones. */
function sizes(): readonly (readonly [number, number])[] {
  const random = seededRandom(4);
  const drawn = Array.from({ length: 200 }, () => {
    const side = () => Math.ceil(Math.exp(random() * Math.log(16_384)));
    return [side(), side()] as const;
  });
  const usual = [
    [1920, 1080],
    [640, 480],
    [768, 576],
    [500, 500],
    [1, 1],
    [1, 16_384],
    [16_384, 1],
  ] as const;
  return [...usual, ...drawn];
}

describe('a view in the picture’s own shape', () => {
  it('has sides in multiples of 32, at most as many pixels as the square and hardly fewer', () => {
    for (const side of sides) {
      for (const [w, h] of sizes()) {
        const { width, height } = canvasOf(viewOf(own(side), w, h));
        expect([width % 32, height % 32]).toEqual([0, 0]);
        expect(width * height).toBeLessThanOrEqual(side ** 2);
        expect(width * height).toBeGreaterThanOrEqual(0.9 * side ** 2);
        expect(Math.max(width, height)).toBeLessThanOrEqual(aspectMax * Math.min(width, height));
      }
    }
  });

  it('has of all such views the proportions nearest to the picture’s', () => {
    for (const [w, h] of sizes()) {
      const off = (canvas: { readonly width: number; readonly height: number }) =>
        Math.abs(Math.log(canvas.width / canvas.height / (w / h)));
      const chosen = off(canvasOf(viewOf(own(320), w, h)));
      for (const canvas of ownCanvases(320)) expect(off(canvas)).toBeGreaterThan(chosen - 1e-9);
    }
  });

  const distortionOf = (w: number, h: number, { width, height }: ViewPlace | ViewCanvas) =>
    Math.max((width * h) / (height * w), (height * w) / (width * h));

  it('distorts pictures of up to 4 : 1 by less than a sixth at 320 pixels', () => {
    for (const [w, h] of sizes()) {
      if (Math.max(w, h) > aspectMax * Math.min(w, h)) continue;
      const canvas = canvasOf(viewOf(own(320), w, h));
      expect(canvas.fit).toBe('stretch');
      expect(distortionOf(w, h, canvas)).toBeLessThan(distortionMax);
    }
  });

  it('distorts no picture by more than a sixth at any side, and letterboxes the others', () => {
    for (let side = 160; side <= 1280; side += 32) {
      for (let percent = 100; percent <= 600; percent += 4) {
        for (const [w, h] of [
          [12 * percent, 1200],
          [1200, 12 * percent],
        ] as const) {
          const view = viewOf(own(side), w, h);
          const canvas = canvasOf(view);
          const isOff = distortionOf(w, h, canvas) > distortionMax;
          expect(canvas.fit).toBe(isOff ? 'letterbox' : 'stretch');
          // Of whole pixels.
          if (isOff) expect(distortionOf(w, h, placeInView(view, w, h))).toBeLessThan(1.02);
        }
      }
    }
  });

  it('fills its canvas with pictures of usual shapes at 320 and 512 pixels', () => {
    for (const side of [320, 512]) {
      for (const [w, h] of [
        [4, 3],
        [3, 4],
        [16, 9],
        [9, 16],
        [3, 2],
        [2, 3],
        [1, 1],
      ] as const)
        expect(canvasOf(viewOf(own(side), w, h)).fit).toBe('stretch');
    }
  });

  it('letterboxes usual shapes that a small side has no canvas for', () => {
    const view = viewOf(own(160), 1920, 1080);
    expect(view).toMatchObject({ width: 192, height: 128, fit: 'letterbox' });
    expect(placeInView(view, 1920, 1080)).toEqual({ left: 0, top: 10, width: 192, height: 108 });
  });

  it('letterboxes longer pictures, whose shape stays', () => {
    const view = viewOf(own(320), 3200, 200);
    expect(view).toMatchObject({ width: 640, height: 160, fit: 'letterbox' });
    expect(placeInView(view, 3200, 200)).toEqual({ left: 0, top: 60, width: 640, height: 40 });
  });

  it('is that of the upright picture on its side, for a picture on its side', () => {
    for (const side of sides) {
      for (const [w, h] of sizes()) {
        const { width, height } = canvasOf(viewOf(own(side), w, h));
        expect(viewOf(own(side), h, w)).toMatchObject({ width: height, height: width });
      }
    }
  });

  it('is the square for square pictures, and known ones for usual pictures', () => {
    expect(viewOf(own(320), 700, 700)).toMatchObject({ width: 320, height: 320 });
    expect(viewOf(own(320), 1920, 1080)).toMatchObject({ width: 416, height: 224 });
    expect(viewOf(own(512), 1920, 1080)).toMatchObject({ width: 672, height: 384 });
    expect(viewOf(own(320), 768, 576)).toMatchObject({ width: 352, height: 288 });
  });

  it('is one of few, so that a detector meets a bounded number of sizes', () => {
    expect(sides.map((side) => ownCanvases(side).length)).toEqual([5, 21, 19, 41, 66, 237]);
  });

  it('maps boxes there and back', () => {
    for (const [sourceWidth, sourceHeight] of sizes()) {
      const viewSize = viewOf(own(320), sourceWidth, sourceHeight);
      const view = { viewSize, sourceWidth, sourceHeight };
      const box = [0.1 * sourceWidth, 0.2 * sourceHeight, 0.7 * sourceWidth, sourceHeight] as const;
      const back = boxToSource(boxToView(box, view), view);
      for (const [i, edge] of back.entries()) expect(edge).toBeCloseTo(box[i]!, 6);
    }
  });
});

describe('a plan of views', () => {
  it('of a side or a canvas is the same view for all pictures', () => {
    const canvas = {
      width: 416,
      height: 256,
      fit: 'letterbox',
      anchor: 'centre',
      ground: 114,
    } as const;
    for (const [w, h] of sizes()) {
      expect(viewOf(320, w, h)).toBe(320);
      expect(viewOf(canvas, w, h)).toBe(canvas);
    }
    expect([squareOf(320), squareOf(canvas), squareOf(own(512))]).toEqual([320, canvas, 512]);
  });

  it('is compared and described', () => {
    expect(isSamePlan(own(320), own(320))).toBe(true);
    expect(isSamePlan(own(320), own(352))).toBe(false);
    expect(isSamePlan(own(320), 320)).toBe(false);
    expect(isSamePlan(320, own(320))).toBe(false);
    expect(isSamePlan(320, 320)).toBe(true);
    expect([own(320), 320].map(describePlan)).toEqual([
      '320 px in each picture’s own shape',
      '320 × 320',
    ]);
  });

  it('of a side that no view can have is an error', () => {
    expect(() => viewOf(own(16), 100, 100)).toThrow(RangeError);
  });
});

describe('a letterboxed view in the picture’s own shape', () => {
  const letterbox = { anchor: 'corner', ground: 7 } as const;
  const plan: OwnShape = { ...own(320), letterbox };

  it('has the canvas of a stretched one', () => {
    for (const [width, height] of [
      [1920, 1080],
      [1080, 1920],
      [640, 480],
      [100, 900],
    ] as const) {
      const { width: across, height: down } = canvasOf(viewOf(own(320), width, height));
      const view = { width: across, height: down, fit: 'letterbox', ...letterbox };
      expect(viewOf(plan, width, height)).toEqual(view);
      expect(isViewOf(plan, viewOf(plan, width, height))).toBe(true);
    }
    expect(squareOf(plan)).toEqual({ width: 320, height: 320, fit: 'letterbox', ...letterbox });
  });

  it('is another than other plans and views', () => {
    expect(isSamePlan(plan, { ...plan })).toBe(true);
    expect(isSamePlan(plan, own(320))).toBe(false);
    expect(isViewOf(plan, viewOf(own(320), 1920, 1080))).toBe(false);
    expect(isViewOf(own(320), viewOf(plan, 1920, 1080))).toBe(false);
    expect(isViewOf(own(320), viewOf(own(320), 1920, 1080))).toBe(true);
    expect(isViewOf(own(320), 320)).toBe(true);
    expect(isViewOf(320, 320)).toBe(true);
    expect(isViewOf(320, 352)).toBe(false);
  });
});
