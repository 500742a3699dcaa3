import type { Box } from '../../../../../operators/foundation/geometry/box.ts';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CacheError } from '../../../../../pipeline/laboratory/learning/cache-files.ts';
import { BackboneCache } from '../../../../../pipeline/laboratory/learning/cache/backbone-cache.ts';
import { fakeEngine } from '../../../../operators/learn/fake-engine.ts';
import { objectOf, paintImage } from '../painted-set.ts';

const viewSize = 64;
let folder: string;
const cached = (): string => join(folder, 'cache');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelens-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A fake engine with counted calls, and a cache of its outputs. */
async function openCache(changed: 'nothing' | 'embeddings' = 'nothing') {
  const engine = fakeEngine([
    { column: 4, row: 4, heat: 0.8, half: 10 },
    { column: 11, row: 12, heat: 0.6, half: 6 },
  ]);
  const embedCrops = engine.embedCrops.bind(engine);
  if (changed === 'embeddings') {
    engine.embedCrops = async (crops, logSizes, count) =>
      (await embedCrops(crops, logSizes, count)).map((value) => value + 1);
  }
  const cache = await BackboneCache.open(cached(), engine, viewSize);
  const dense = vi.spyOn(engine, 'dense');
  return { cache, dense, embedded: vi.spyOn(engine, 'embedCrops') };
}

describe('the backbone cache', () => {
  it('runs the backbone once per picture, also across instances', async () => {
    const image = await paintImage(folder, 'a', []);
    const first = await openCache();
    const { extents, baseHeat } = await first.cache.maps(image);
    const kept = { extents: [...extents], baseHeat: [...baseHeat] };
    const second = await openCache();
    const again = await second.cache.maps(image);
    expect({ extents: [...again.extents], baseHeat: [...again.baseHeat] }).toEqual(kept);
    expect(first.dense).toHaveBeenCalledTimes(1);
    expect(second.dense).not.toHaveBeenCalled();
  });

  it('runs the backbone again for a changed file', async () => {
    const image = await paintImage(folder, 'a', []);
    await (await openCache()).cache.maps(image);
    await writeFile(image.path, await paintedLarger(folder));
    const { cache, dense } = await openCache();
    await cache.maps({ ...image });
    expect(dense).toHaveBeenCalledTimes(1);
  });

  it('embeds each box once', async () => {
    const image = await paintImage(folder, 'a', []);
    const small: Box = [10, 10, 20, 20];
    const large: Box = [5, 5, 40, 45];
    const { cache, embedded } = await openCache();
    const one = await cache.embeddings(image, [small]);
    const both = await cache.embeddings(image, [large, small]);
    expect(both.subarray(one.length)).toEqual(one);
    expect(both.subarray(0, one.length)).not.toEqual(one);
    expect(embedded.mock.calls.map(([, , count]) => count)).toEqual([1, 1]);
    const later = await openCache();
    expect(await later.cache.embeddings(image, [small])).toEqual(one);
    expect(later.embedded).not.toHaveBeenCalled();
  });

  it('caches examples by boxes: labels may change, another box changes the negatives', async () => {
    const boxes: Box[] = [
      [6, 4, 26, 20],
      [38, 32, 50, 42],
    ];
    const image = await paintImage(folder, 'a', [objectOf('cup', boxes[0]), objectOf('hat')]);
    const { cache, dense } = await openCache();
    const cup = [{ box: boxes[0]!, label: 'cup' }];
    const alone = await cache.examples({ image, boxes: cup, ignore: [] });
    expect(alone.examples).toMatchObject([{ id: 'a/0', label: 'cup' }]);
    expect(alone.negatives).toHaveLength(1);
    // Its peak begins a little lower: (6, 4.5) to (26, 19.5).
    const [left, top, , bottom] = alone.examples[0]!.offsets![0]!;
    expect([left, top, bottom]).toEqual([
      0,
      expect.closeTo(-0.5 / 15, 5),
      expect.closeTo(0.5 / 15, 5),
    ]);
    const renamed = await cache.examples({
      image,
      boxes: [{ box: boxes[0]!, label: 'mug' }],
      ignore: [],
    });
    expect(renamed.examples).toEqual([{ ...alone.examples[0], label: 'mug' }]);
    expect(dense).toHaveBeenCalledTimes(1);
    const both = await cache.examples({
      image,
      boxes: [...cup, { box: boxes[1]!, label: 'hat' }],
      ignore: [],
    });
    expect(both.examples.map(({ label }) => label)).toEqual(['cup', 'hat']);
    expect(both.negatives).toHaveLength(0);
    const spared = await cache.examples({ image, boxes: cup, ignore: [boxes[1]!] });
    expect(spared.negatives).toHaveLength(0);
    expect(dense).toHaveBeenCalledTimes(3);
  });

  it('rebuilds a damaged file', async () => {
    const image = await paintImage(folder, 'a', []);
    const request = { image, boxes: [], ignore: [] };
    const { cache, dense } = await openCache();
    const examples = await cache.examples(request);
    for (const name of await readdir(cached())) {
      for (const file of await readdir(join(cached(), name))) {
        await writeFile(join(cached(), name, file), 'damaged');
      }
    }
    expect(await cache.examples(request)).toEqual(examples);
    expect(dense).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['is a file', 'file', 'it is not a folder'],
    ['lies below a file', 'file/cache', 'a part of its path is not a folder'],
  ])('rejects a folder that %s, naming the path and the option', async (_, name, why) => {
    await writeFile(join(folder, 'file'), 'kept');
    const path = join(folder, name);
    const failure: unknown = await BackboneCache.open(path, fakeEngine([]), viewSize).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(CacheError);
    const message = `the cache ${path} can't be written to: ${why}; --cache names another folder`;
    expect(failure).toMatchObject({ message });
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('kept');
  });

  it('reports a folder lost later with the same kind of error', async () => {
    const image = await paintImage(folder, 'a', []);
    const { cache } = await openCache();
    await rm(cached(), { recursive: true });
    await writeFile(cached(), 'a file now');
    await expect(cache.embeddings(image, [[0, 0, 9, 9]])).rejects.toBeInstanceOf(CacheError);
    await expect(cache.maps(image)).rejects.toBeInstanceOf(CacheError);
  });

  it('keeps the outputs of different engines apart', async () => {
    const { fingerprint } = (await openCache()).cache;
    const other = (await openCache('embeddings')).cache.fingerprint;
    expect((await openCache()).cache.fingerprint).toEqual(fingerprint);
    expect(other.maps).toBe(fingerprint.maps);
    expect(other.embeddings).not.toBe(fingerprint.embeddings);
    expect(other.examples).not.toBe(fingerprint.examples);
  });
});

async function paintedLarger(into: string): Promise<Buffer> {
  const { path } = await paintImage(into, 'larger', []);
  const sharp = (await import('sharp')).default;
  return sharp(path).resize(128, 96).png().toBuffer();
}
