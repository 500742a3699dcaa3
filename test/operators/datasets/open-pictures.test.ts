import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadPicture, readPictureSize } from '../../../operators/datasets/load-picture.ts';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { decodeImage } from '../../../operators/ingest/pictures/decode-image.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { bitmap, useDatasetFolder } from './dataset-folder.ts';

const folder = useDatasetFolder();
const read = (options: Parameters<typeof readDataset>[1] = {}) =>
  readDataset(`yolo:${folder.path('')}`, options);
const noise = (width = 64, height = 48) => {
  const random = seededRandom(1);
  const pixels = Buffer.from(
    Array.from({ length: width * height * 3 }, () => Math.floor(random() * 256)),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } });
};
const kinds: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  jpg: () => noise().jpeg().toBuffer(),
  jpeg: () => noise().jpeg({ progressive: true }).toBuffer(),
  jpe: () => noise().jpeg({ chromaSubsampling: '4:4:4' }).toBuffer(),
  jfif: () => noise().toColourspace('cmyk').jpeg().toBuffer(),
  png: () => noise().png().toBuffer(),
  webp: () => noise().webp().toBuffer(),
  bmp: () => Promise.resolve(bitmap(64, 48, [1, 2, 3])),
  tif: () => noise().tiff({ compression: 'none' }).toBuffer(),
  tiff: () => noise().tiff({ compression: 'lzw' }).toBuffer(),
  gif: () => noise().gif().toBuffer(),
  avif: () => noise().avif({ effort: 0 }).toBuffer(),
};

describe('opening the pictures of a set', () => {
  it.each(Object.keys(kinds))('reads .%s and names one that is cut short', async (extension) => {
    const bytes = await kinds[extension]!();
    await folder.write('classes.txt', 'cat');
    await folder.write('a.txt', '0 0.5 0.5 1 1');
    await folder.write(`a.${extension}`, bytes);
    await folder.write(`b.${extension.toUpperCase()}`, bytes);
    const { images } = await read();
    expect(images).toMatchObject([
      { width: 64, height: 48, objects: [{ box: [0, 0, 64, 48] }] },
      { width: 64, height: 48 },
    ]);
    for (const share of [0, 0.1, 0.5, 0.9]) {
      const path = `c${share}.${extension}`;
      await folder.write(path, bytes.subarray(0, Math.floor(bytes.length * share)));
      await expect(readPictureSize(folder.path(path))).rejects.toMatchObject({
        name: 'DatasetError',
        code: 'bad-picture',
        path: folder.path(path),
      });
    }
    await expect(read()).rejects.toMatchObject({ code: 'bad-picture' });
  });

  it('reads a whole picture with bytes behind its end, and a file of another extension', async () => {
    const jpeg = Buffer.concat([await kinds['jpg']!(), Buffer.alloc(99)]);
    await folder.write('a.png', jpeg);
    expect(await readPictureSize(folder.path('a.png'))).toMatchObject({ width: 64, height: 48 });
    await folder.write('b.png', Buffer.concat([await kinds['png']!(), Buffer.from('more')]));
    expect(await readPictureSize(folder.path('b.png'))).toMatchObject({ width: 64 });
  });

  it('leaves broken pictures out, counted and listed, where that is asked for', async () => {
    await folder.write('classes.txt', 'cat');
    const png = await kinds['png']!();
    for (const name of ['a', 'b', 'c']) {
      await folder.write(`${name}.png`, png);
      await folder.write(`${name}.txt`, '0 0.5 0.5 1 1');
    }
    await folder.write('b.png', png.subarray(0, 2000));
    // Only decoding finds damage in the middle.
    const damaged = Buffer.from(png);
    damaged.fill(0, 1000, 1400);
    await folder.write('c.png', damaged);
    await folder.write('d.png', png.subarray(0, 10));
    await expect(read()).rejects.toMatchObject({ path: folder.path('b.png') });
    const { images, skipped, mended, warnings } = await read({ skipBroken: true });
    expect(images.map(({ id }) => id)).toEqual(['a.png']);
    expect(skipped.map(({ path }) => path)).toEqual(
      ['b.png', 'c.png', 'd.png'].map((name) => folder.path(name)),
    );
    expect(skipped[0]!.reason).toMatch(/^.*b\.png: expected a picture \(.+\)$/);
    expect(mended).toMatchObject({ brokenPictures: 3, unlabelledImages: 0 });
    expect(warnings).toEqual([
      `3 broken pictures were left out with their objects, first: ${skipped[0]!.reason}`,
    ]);
    await folder.write('a.png', '');
    await expect(read({ skipBroken: true })).rejects.toThrow('none of 4 pictures can be read');
  });

  it('leaves out what the decoder would not read later', async () => {
    await folder.write(
      'img/a.png',
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    );
    await folder.picture('img/b.png');
    await folder.write('img/classes.txt', 'cat');
    for (const name of ['a', 'b']) await folder.write(`img/${name}.txt`, '0 0.5 0.5 1 1');
    const spec = `yolo:${folder.path('img')}`;
    await expect(readDataset(spec)).rejects.toThrow(/a\.png: .*it is no jpg/);
    const { images, skipped } = await readDataset(spec, { skipBroken: true });
    expect([images.length, skipped.length]).toEqual([1, 1]);
  });

  it('ends on a signal, with the reason of the signal', async () => {
    await folder.write('classes.txt', 'cat');
    await folder.picture('a.png');
    await folder.write('a.txt', '');
    const reason = new Error('Ctrl-C');
    await expect(read({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('decodes to the pixels of image folders, whatever the kind', async () => {
    const grey = sharp({
      create: {
        width: 9,
        height: 9,
        channels: 4,
        background: { r: 250, g: 10, b: 30, alpha: 0.5 },
      },
    });
    const written: Readonly<Record<string, Buffer>> = {
      'alpha.png': await grey.clone().png().toBuffer(),
      'alpha16.png': await grey.clone().toColourspace('rgb16').png().toBuffer(),
      'grey16.png': await noise().toColourspace('grey16').png().toBuffer(),
      'cmyk.jpg': await noise().toColourspace('cmyk').jpeg().toBuffer(),
      'cmyk.tif': await noise().toColourspace('cmyk').tiff().toBuffer(),
      'palette.png': await grey.clone().png({ palette: true }).toBuffer(),
      'turned.webp': await noise().withMetadata({ orientation: 5 }).webp().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(written)) {
      await folder.write(name, bytes);
      const path = folder.path(name);
      const fromSet = await loadPicture({ path }, { viewSize: 32, sideMax: 40 });
      const fromFolder = await decodeImage(await readFile(path), 40, 32);
      expect(Buffer.compare(fromSet.full, fromFolder.full), name).toBe(0);
      expect(Buffer.compare(fromSet.view, fromFolder.view), name).toBe(0);
      const { width, height } = await readPictureSize(path);
      expect([width, height]).toEqual([fromFolder.sourceWidth, fromFolder.sourceHeight]);
      // Half red over mid grey.
      if (name.startsWith('alpha') || name.startsWith('palette')) {
        const [r, g, b] = fromSet.full;
        expect(Math.abs(r! - 189) + Math.abs(g! - 69) + Math.abs(b! - 79), name).toBeLessThan(6);
      }
    }
  });
});
