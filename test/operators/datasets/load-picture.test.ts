import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadPicture } from '../../../operators/datasets/load-picture.ts';
import { bitmap, useDatasetFolder } from './dataset-folder.ts';

const folder = useDatasetFolder();
const load = (name: string, sideMax?: number) =>
  loadPicture(
    { path: folder.path(name) },
    { viewSize: 32, ...(sideMax === undefined ? {} : { sideMax }) },
  );

describe('loadPicture', () => {
  it('decodes the picture, and stretched to the square, to RGB', async () => {
    await folder.picture('a.png');
    const { full, width, height, view } = await load('a.png');
    expect([width, height, full.length, view.length]).toEqual([100, 80, 100 * 80 * 3, 32 * 32 * 3]);
    expect([...full.subarray(0, 3)]).toEqual([0xc8, 0x40, 0]);
    expect([...view.subarray(-3)]).toEqual([0xc8, 0x40, 0]);
  });

  it('scales the longer side down to its maximum, and never up', async () => {
    await folder.picture('a.png', 100, 80);
    expect(await load('a.png', 50)).toMatchObject({ width: 50, height: 40 });
    expect(await load('a.png', 500)).toMatchObject({ width: 100, height: 80 });
    await folder.picture('b.png', 80, 100);
    expect(await load('b.png', 50)).toMatchObject({ width: 40, height: 50 });
  });

  it('applies the EXIF orientation', async () => {
    await folder.picture('a.jpg', 100, 80, (p) => p.withMetadata({ orientation: 6 }));
    expect(await load('a.jpg')).toMatchObject({ width: 80, height: 100 });
  });

  it('converts grey, transparent, 16-bit and bitmap pictures to RGB', async () => {
    const plain = (alpha: number, value: number) =>
      sharp({
        create: {
          width: 8,
          height: 8,
          channels: 4,
          background: { r: value, g: value, b: value, alpha },
        },
      });
    await folder.write(
      'grey.png',
      await plain(1, 90).removeAlpha().toColourspace('b-w').png().toBuffer(),
    );
    await folder.write('clear.png', await plain(0, 90).png().toBuffer());
    await folder.write(
      'deep.png',
      await plain(1, 90).removeAlpha().toColourspace('rgb16').png().toBuffer(),
    );
    await folder.write('map.bmp', bitmap(8, 8, [9, 20, 30]));
    const pixel = async (name: string) => {
      const { full } = await load(name);
      expect(full).toHaveLength(8 * 8 * 3);
      return [...full.subarray(0, 3)];
    };
    expect(await pixel('grey.png')).toEqual([90, 90, 90]);
    expect(await pixel('clear.png')).toEqual([128, 128, 128]);
    expect(await pixel('deep.png')).toEqual([90, 90, 90]);
    expect(await pixel('map.bmp')).toEqual([9, 20, 30]);
  });

  it('rejects with the path of a picture that is broken or missing', async () => {
    await folder.write('a.jpg', 'no picture');
    const path = folder.path('a.jpg');
    await expect(load('a.jpg')).rejects.toMatchObject({
      name: 'DatasetError',
      code: 'bad-picture',
      path,
    });
    await expect(load('b.bmp')).rejects.toMatchObject({ code: 'bad-picture' });
  });
});
