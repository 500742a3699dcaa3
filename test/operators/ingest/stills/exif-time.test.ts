import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { exifCaptureMs } from '../../../../operators/ingest/stills/exif-time.ts';
import { encodedPicture } from './camera-server.ts';

async function takenAt(exif: Readonly<Record<string, string>>): Promise<Buffer> {
  return sharp(await encodedPicture())
    .withExif({ IFD2: exif })
    .jpeg()
    .toBuffer();
}

const date = { DateTimeOriginal: '2026:03:01 12:00:05' };

describe('exifCaptureMs', () => {
  it('is the date with its fraction and its offset from UTC', async () => {
    const picture = await takenAt({
      ...date,
      SubSecTimeOriginal: '25',
      OffsetTimeOriginal: '+02:00',
    });
    expect(exifCaptureMs(picture)).toBe(Date.UTC(2026, 2, 1, 10, 0, 5, 250));
  });

  it('is null in whole seconds, unless those are asked for', async () => {
    const picture = await takenAt({ ...date, OffsetTimeOriginal: '+02:00' });
    expect(exifCaptureMs(picture)).toBeNull();
    expect(exifCaptureMs(picture, true)).toBe(Date.UTC(2026, 2, 1, 10, 0, 5));
  });

  it('is null without an offset, without a date and without EXIF data', async () => {
    expect(exifCaptureMs(await takenAt(date))).toBeNull();
    expect(exifCaptureMs(await takenAt({ OffsetTimeOriginal: '+02:00' }))).toBeNull();
    expect(exifCaptureMs(await encodedPicture())).toBeNull();
  });

  it('is null or a time, whatever the bytes', async () => {
    const picture = await takenAt({ ...date, OffsetTimeOriginal: '+02:00' });
    for (let at = 2; at < 400; at++) {
      const broken = Buffer.from(picture);
      broken[at] = 0xff - broken[at]!;
      expect([null, Date.UTC(2026, 2, 1, 10, 0, 5)].length).toBe(2);
      const timeMs = exifCaptureMs(broken);
      expect(timeMs === null || Number.isFinite(timeMs)).toBe(true);
      expect(() => exifCaptureMs(picture.subarray(0, at))).not.toThrow();
    }
  });
});
