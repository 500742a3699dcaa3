import { describe, expect, it } from 'vitest';
import {
  paintShadow,
  paintSprite,
  type Canvas,
} from '../../../../../operators/ingest/world/rendering/painter.ts';
import {
  SpriteCache,
  type Sprite,
} from '../../../../../operators/ingest/world/rendering/sprite-cache.ts';

/** A solid red rectangle. */
function rectangle(width: number, height: number): Sprite {
  const rgba = new Uint8Array((width + 2) * (height + 2) * 4);
  for (let y = 1; y <= height; y++) {
    for (let x = 1; x <= width; x++) rgba.set([255, 0, 0, 255], (y * (width + 2) + x) * 4);
  }
  return {
    width,
    height,
    area: width * height,
    levels: [{ width, height, rgba }],
    bytes: rgba.length,
  };
}

function canvas(width = 40, height = 30): Canvas {
  return {
    width,
    height,
    rgb: new Uint8Array(width * height * 3).fill(100),
    owners: new Uint8Array(width * height),
  };
}

const upright = { x: 20, y: 15, size: 8, angle: 0, mirrored: false };
const ignoreCovered = (): void => undefined;

describe('paintSprite', () => {
  it('paints a sprite at its position and size', () => {
    const target = canvas();
    const { box, solid } = paintSprite(target, rectangle(8, 4), upright, 1, ignoreCovered);
    expect(box).toEqual([16, 13, 24, 17]);
    expect(solid).toBe(32);
    expect(Array.from(target.rgb.subarray((15 * 40 + 20) * 3, (15 * 40 + 20) * 3 + 3))).toEqual([
      255, 0, 0,
    ]);
    expect(target.owners.filter((owner) => owner === 1).length).toBe(32);
  });

  it('rotates a sprite by its angle', () => {
    const turned = { ...upright, angle: Math.PI / 2 };
    expect(paintSprite(canvas(), rectangle(8, 4), turned, 1, ignoreCovered).box).toEqual([
      18, 11, 22, 19,
    ]);
  });

  it('scales a sprite around its centre', () => {
    const { box, solid } = paintSprite(
      canvas(),
      rectangle(8, 4),
      { ...upright, size: 16 },
      1,
      ignoreCovered,
    );
    expect(box).toEqual([12, 11, 28, 19]);
    expect(solid).toBe(128);
  });

  it('clips a sprite to the canvas', () => {
    const { box, solid } = paintSprite(
      canvas(),
      rectangle(8, 4),
      { ...upright, x: 1 },
      1,
      ignoreCovered,
    );
    expect(box).toEqual([0, 13, 5, 17]);
    expect(solid).toBe(20);
    expect(
      paintSprite(canvas(), rectangle(8, 4), { ...upright, x: -20 }, 1, ignoreCovered).box,
    ).toBeNull();
  });

  it('reports the former owner of each covered pixel', () => {
    const target = canvas();
    const covered: number[] = [];
    paintSprite(target, rectangle(8, 4), upright, 1, ignoreCovered);
    paintSprite(target, rectangle(8, 4), { ...upright, x: 24 }, 2, (former) =>
      covered.push(former),
    );
    expect(covered).toEqual(new Array<number>(16).fill(1));
  });

  it('mirrors a sprite horizontally', async () => {
    const dog = await new SpriteCache().get('1f415');
    const plain = canvas(101, 100);
    const mirrored = canvas(101, 100);
    const placement = { x: 50.5, y: 50, size: 80, angle: 0 };
    paintSprite(plain, dog, { ...placement, mirrored: false }, 1, ignoreCovered);
    paintSprite(mirrored, dog, { ...placement, mirrored: true }, 1, ignoreCovered);
    expect(mirrored.owners).not.toEqual(plain.owners);
    const flipped = plain.owners.map((_, i) => plain.owners[i - (i % 101) + 100 - (i % 101)]!);
    const different = flipped.filter((owner, i) => owner !== mirrored.owners[i]).length;
    expect(different).toBeLessThan(20);
  });
});

describe('paintShadow', () => {
  it('darkens towards its centre, and nothing outside of its radii', () => {
    const target = canvas();
    paintShadow(target, 20, 15, 10, 5, 0.5);
    const at = (x: number, y: number): number => target.rgb[(y * 40 + x) * 3]!;
    expect(at(20, 15)).toBeLessThan(55);
    expect(at(26, 15)).toBeGreaterThan(at(22, 15));
    expect(at(31, 15)).toBe(100);
    expect(at(20, 21)).toBe(100);
  });
});
