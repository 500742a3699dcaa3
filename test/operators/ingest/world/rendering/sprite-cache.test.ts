import { describe, expect, it } from 'vitest';
import { SpriteCache } from '../../../../../operators/ingest/world/rendering/sprite-cache.ts';

describe('the sprite cache', () => {
  it('caches the last used sprites, up to its limit', async () => {
    const sprites = new SpriteCache(2);
    const bear = sprites.get('1f9f8');
    const dog = sprites.get('1f415');
    expect(sprites.get('1f9f8')).toBe(bear);
    await sprites.get('1f697');
    expect(sprites.get('1f9f8')).toBe(bear);
    expect(sprites.get('1f415')).not.toBe(dog);
  });

  it('trims a picture to its solid pixels', async () => {
    const { width, height, area, levels } = await new SpriteCache().get('1f528');
    expect(Math.max(width, height)).toBeLessThan(256);
    expect(area).toBeGreaterThan(width * height * 0.1);
    expect(area).toBeLessThan(width * height);
    expect(levels[1]!.width).toBe(width >> 1);
  });
});
