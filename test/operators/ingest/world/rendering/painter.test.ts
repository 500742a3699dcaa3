import { describe, expect, it } from 'vitest';
import {
  paintShadow,
  paintSprite,
  type Canvas,
} from '../../../../../operators/ingest/world/rendering/painter.ts';
import {
  SpriteShelf,
  type Sprite,
} from '../../../../../operators/ingest/world/rendering/sprite.ts';

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
const nobody = (): void => undefined;

describe('paintSprite', () => {
  it('puts a sprite where it belongs, in its size', () => {
    const target = canvas();
    const { box, solid } = paintSprite(target, rectangle(8, 4), upright, 1, nobody);
    expect(box).toEqual([16, 13, 24, 17]);
    expect(solid).toBe(32);
    expect(Array.from(target.rgb.subarray((15 * 40 + 20) * 3, (15 * 40 + 20) * 3 + 3))).toEqual([
      255, 0, 0,
    ]);
    expect(target.owners.filter((owner) => owner === 1).length).toBe(32);
  });

  it('turns it by its angle', () => {
    const turned = { ...upright, angle: Math.PI / 2 };
    expect(paintSprite(canvas(), rectangle(8, 4), turned, 1, nobody).box).toEqual([18, 11, 22, 19]);
  });

  it('scales it about its centre', () => {
    const { box, solid } = paintSprite(
      canvas(),
      rectangle(8, 4),
      { ...upright, size: 16 },
      1,
      nobody,
    );
    expect(box).toEqual([12, 11, 28, 19]);
    expect(solid).toBe(128);
  });

  it('cuts it off at the edge of the canvas', () => {
    const { box, solid } = paintSprite(canvas(), rectangle(8, 4), { ...upright, x: 1 }, 1, nobody);
    expect(box).toEqual([0, 13, 5, 17]);
    expect(solid).toBe(20);
    expect(
      paintSprite(canvas(), rectangle(8, 4), { ...upright, x: -20 }, 1, nobody).box,
    ).toBeNull();
  });

  it('tells whose pixels it covers', () => {
    const target = canvas();
    const covered: number[] = [];
    paintSprite(target, rectangle(8, 4), upright, 1, nobody);
    paintSprite(target, rectangle(8, 4), { ...upright, x: 24 }, 2, (former) =>
      covered.push(former),
    );
    expect(covered).toEqual(new Array<number>(16).fill(1));
  });

  it('mirrors a sprite from left to right', async () => {
    const dog = await new SpriteShelf().get('1f415');
    const plain = canvas(101, 100);
    const mirrored = canvas(101, 100);
    const placement = { x: 50.5, y: 50, size: 80, angle: 0 };
    paintSprite(plain, dog, { ...placement, mirrored: false }, 1, nobody);
    paintSprite(mirrored, dog, { ...placement, mirrored: true }, 1, nobody);
    expect(mirrored.owners).not.toEqual(plain.owners);
    const flipped = plain.owners.map((_, i) => plain.owners[i - (i % 101) + 100 - (i % 101)]!);
    const different = flipped.filter((owner, i) => owner !== mirrored.owners[i]).length;
    expect(different).toBeLessThan(20);
  });
});

describe('paintShadow', () => {
  it('darkens towards its middle and nothing outside', () => {
    const target = canvas();
    paintShadow(target, 20, 15, 10, 5, 0.5);
    const at = (x: number, y: number): number => target.rgb[(y * 40 + x) * 3]!;
    expect(at(20, 15)).toBeLessThan(55);
    expect(at(26, 15)).toBeGreaterThan(at(22, 15));
    expect(at(31, 15)).toBe(100);
    expect(at(20, 21)).toBe(100);
  });
});

describe('SpriteShelf', () => {
  it('keeps no more sprites than its limit, those used last', async () => {
    const shelf = new SpriteShelf(2);
    const bear = shelf.get('1f9f8');
    const dog = shelf.get('1f415');
    expect(shelf.get('1f9f8')).toBe(bear);
    await shelf.get('1f697');
    expect(shelf.get('1f9f8')).toBe(bear);
    expect(shelf.get('1f415')).not.toBe(dog);
  });

  it('trims a picture to what can be seen of it', async () => {
    const { width, height, area, levels } = await new SpriteShelf().get('1f528');
    expect(Math.max(width, height)).toBeLessThan(256);
    expect(area).toBeGreaterThan(width * height * 0.1);
    expect(area).toBeLessThan(width * height);
    expect(levels[1]!.width).toBe(width >> 1);
  });
});
