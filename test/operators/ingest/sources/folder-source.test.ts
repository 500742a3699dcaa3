import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderSource, imageSource } from '../../../../operators/ingest/sources/folder-source.ts';
import { capture, droppedBy } from '../capture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-source-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function paint(name: string, red: number, width = 8, height = 6): Promise<void> {
  const background = { r: red, g: 0, b: 0 };
  await sharp({ create: { width, height, channels: 3, background } }).toFile(join(folder, name));
}

describe('folderSource', () => {
  it('plays images in natural order and ignores other files and folders', async () => {
    await paint('frame10.png', 30);
    await paint('frame2.png', 20);
    await paint('Frame1.WEBP', 10);
    writeFileSync(join(folder, 'frame3.txt'), 'notes');
    mkdirSync(join(folder, 'more'));
    const result = await capture(folderSource(folder, { fps: 4 }));
    expect(result.outcome).toBe('complete');
    expect(result.frames).toMatchObject([
      { index: 0, timestampMs: 0 },
      { index: 1, timestampMs: 250, first: 20 },
      { index: 2, timestampMs: 500, first: 30 },
    ]);
    expect(result.events).toEqual([
      { type: 'opened', detail: `${folder}: 3 images`, width: 8, height: 6, fps: 4 },
    ]);
  });

  it('drops a broken image as corrupt, counts its index, and continues', async () => {
    await paint('1.png', 1);
    writeFileSync(join(folder, '2.jpg'), 'not a picture');
    writeFileSync(join(folder, '3.bmp'), 'BM');
    await paint('4.png', 4);
    const result = await capture(folderSource(folder));
    expect(result.frames.map((frame) => frame.index)).toEqual([0, 3]);
    expect(droppedBy(result, 'corrupt')).toBe(2);
  });

  it('scales images to maxSide and to the view, and reports their own size', async () => {
    await paint('1.png', 77, 100, 40);
    let pictures: unknown;
    await capture(folderSource(folder, { maxSide: 50 }), {
      viewSize: 16,
      onFrame: ({ full, view, width, height, viewSize, sourceWidth, sourceHeight }) => {
        const colours = [full[0], view[0], view.at(-3)];
        pictures = {
          width,
          height,
          viewSize,
          sourceWidth,
          sourceHeight,
          colours,
          bytes: full.length,
        };
      },
    });
    expect(pictures).toEqual({
      width: 50,
      height: 20,
      viewSize: 16,
      sourceWidth: 100,
      sourceHeight: 40,
      colours: [77, 77, 77],
      bytes: 50 * 20 * 3,
    });
  });

  it('applies the EXIF orientation', async () => {
    const image = sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } });
    await image.withMetadata({ orientation: 6 }).jpeg().toFile(join(folder, 'upright.jpg'));
    await capture(folderSource(folder), {
      onFrame: (frame) => expect([frame.sourceWidth, frame.sourceHeight]).toEqual([10, 20]),
    });
  });

  it('plays every kind of picture, and knows whether one picture is all', async () => {
    for (const [i, ending] of ['tif', 'tiff', 'gif', 'avif', 'jfif', 'jpe'].entries()) {
      const format = { tif: 'tiff', jfif: 'jpeg', jpe: 'jpeg' }[ending] ?? ending;
      const background = { r: 40, g: 40, b: 40 };
      const image = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      const bytes = await image.toFormat(format as 'jpeg').toBuffer();
      writeFileSync(join(folder, `${i}.${ending}`), bytes);
      expect(folderSource(folder).still).toBe(i === 0);
    }
    const { frames, events } = await capture(folderSource(folder));
    expect(frames).toHaveLength(6);
    expect(events.filter(({ type }) => type === 'dropped')).toEqual([]);
  });

  it('continues indices and timestamps when it plays in a loop', async () => {
    await paint('1.png', 1);
    await paint('2.png', 2);
    const result = await capture(folderSource(folder, { loop: true, fps: 10 }), { framesMax: 5 });
    expect(result.frames.map((frame) => frame.first)).toEqual([1, 2, 1, 2, 1]);
    expect(result.frames.map((frame) => frame.timestampMs)).toEqual([0, 100, 200, 300, 400]);
  });

  it('errors for a folder that is missing, without images, or without one that can be decoded', async () => {
    const empty = await capture(folderSource(folder));
    expect(empty.outcome).toMatchObject({
      code: 'empty',
      message: `no jpg, png, webp, bmp, tif, gif or avif image in ${folder}`,
    });
    writeFileSync(join(folder, '1.jpg'), 'x');
    const broken = await capture(folderSource(folder, { loop: true }));
    expect(broken.outcome).toMatchObject({ code: 'bad-source' });
    const missing = await capture(folderSource(join(folder, 'none')));
    expect(missing.outcome).toMatchObject({ code: 'not-found' });
  });
});

describe('imageSource', () => {
  it('plays one picture once, and stands alone', async () => {
    await paint('1.png', 7);
    const source = imageSource(join(folder, '1.png'));
    expect(source).toMatchObject({ kind: 'file', endless: false, still: true });
    const { outcome, frames } = await capture(source);
    expect(outcome).toBe('complete');
    expect(frames).toEqual([{ index: 0, timestampMs: 0, first: 7 }]);
  });

  it('errors with the path and the reason when it cannot be decoded', async () => {
    const path = join(folder, 'photo.jpg');
    writeFileSync(path, 'no picture');
    const { outcome } = await capture(imageSource(path));
    expect(outcome).toMatchObject({ code: 'bad-source', source: path });
    expect((outcome as Error).message).toBe(
      `${path} is not a picture that can be read: it is no jpg, png, webp, bmp, tif, gif or avif picture`,
    );
  });
});
