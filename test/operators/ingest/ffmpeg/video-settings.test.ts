import { describe, expect, it } from 'vitest';
import { fitWithin } from '../../../../operators/ingest/pictures/fit-within.ts';
import {
  packedLayout,
  sizeInArea,
  uprightSize,
} from '../../../../operators/ingest/ffmpeg/packed-picture.ts';
import type { PictureInfo } from '../../../../operators/ingest/ffmpeg/picture-log.ts';
import {
  correctedSettings,
  videoSettings,
  type VideoSettings,
} from '../../../../operators/ingest/ffmpeg/video-settings.ts';

const picture = (storedWidth: number, storedHeight: number, rest: Partial<PictureInfo> = {}) => ({
  mediaMs: 0,
  storedWidth,
  storedHeight,
  pixelAspect: 1,
  orientation: 1,
  ...rest,
});

const settings = (orientation: number | null): VideoSettings => ({
  decoderOptions: [],
  graph: { rate: null, colours: 'plain', assumedColours: [], hasAlpha: false, orientation },
  area: { width: 640, height: 480 },
  isGuess: true,
  warnings: [],
});

const plain = {
  durationMs: null,
  hasAlpha: false,
  isSegmented: false,
  colours: 'plain',
  assumedColours: [],
} as const;
const ffmpeg = {
  path: 'ffmpeg',
  origin: 'PATH',
  version: '7.0',
  description: 'ffmpeg 7.0',
  warning: null,
  release: 7,
  hasFpsMode: true,
} as const;

describe('videoSettings', () => {
  const threads = { one: ['-thread_type', 'slice'], two: ['-thread_type', 'frame+slice'] };
  it.each([
    ['hevc', 3840, 25, true, 'none', threads.two],
    ['hevc', 3840, null, true, 'none', threads.two],
    ['hevc', 3840, 10, true, 'none', threads.one],
    ['hevc', 2560, 25, true, 'none', threads.one],
    ['h264', 3840, 25, true, 'none', threads.one],
    ['hevc', 3840, 25, true, 'vaapi', threads.one],
    ['hevc', 3840, 25, false, 'none', []],
  ] as const)(
    'has %s of width %i at %s fps (live: %s, hardware: %s) decoded by threads %j',
    async (codec, width, fps, isLive, hardware, expected) => {
      const { decoderOptions } = await videoSettings({
        ffmpeg,
        video: { ...plain, codec, width, height: (width * 9) / 16, fps },
        isLive,
        hardware,
        fps: null,
        clock: 'arrival',
        maxSide: 1280,
      });
      const at = decoderOptions.indexOf('-thread_type');
      expect(at < 0 ? [] : decoderOptions.slice(at, at + 2)).toEqual(expected);
      expect(decoderOptions.includes('-threads')).toBe(expected === threads.two);
    },
  );
});

describe('correctedSettings', () => {
  const square = { maxSide: 1280, viewSize: 320 };
  const own = { maxSide: 1280, viewSize: { shape: 'own', side: 320 } } as const;

  it('leaves settings that fit', () => {
    expect(correctedSettings(settings(null), picture(640, 480), square)).toBeNull();
    expect(correctedSettings(settings(1), picture(640, 480), square)).toBeNull();
    // It fits into the area as it is.
    expect(correctedSettings(settings(null), picture(320, 480), square)).toBeNull();
  });

  it('gives a smaller picture of another shape than its header tells the view of its own', () => {
    expect(correctedSettings(settings(null), picture(320, 180), own)).toMatchObject({
      area: { width: 320, height: 180 },
      isGuess: false,
    });
    expect(correctedSettings(settings(null), picture(320, 240), own)).toBeNull();
    expect(correctedSettings(settings(null), picture(320, 180), square)).toBeNull();
  });

  it('makes room for a picture that is upright where its header lies', () => {
    expect(correctedSettings(settings(null), picture(480, 640), square)).toMatchObject({
      area: { width: 480, height: 640 },
      isGuess: false,
    });
  });

  it('turns a picture that its ffmpeg does not turn', () => {
    const lying = picture(640, 480, { orientation: 6, pixelAspect: 2 });
    expect(correctedSettings(settings(1), lying, square)).toMatchObject({
      graph: { orientation: 6 },
      area: { width: 240, height: 640 * 1 },
      isGuess: false,
    });
  });

  it('corrects once only', () => {
    const corrected = correctedSettings(settings(null), picture(480, 640), square)!;
    expect(correctedSettings(corrected, picture(1280, 720), square)).toBeNull();
  });
});

describe('sizeInArea', () => {
  it.each([
    [4000, 2251, 1],
    [768, 576, 1],
    [720, 576, 64 / 45],
    [1440, 1080, 4 / 3],
    [1080, 1920, 1],
    [3, 2000, 1],
    [1, 1, 1],
  ])(
    'is that of fitWithin for the picture %i × %i of aspect %d itself',
    (width, height, aspect) => {
      const shown = picture(width, height, { pixelAspect: aspect });
      const upright = uprightSize(shown);
      const area = fitWithin(upright.width, upright.height, 1280);
      expect(sizeInArea(shown, packedLayout(area.width, area.height, 320))).toEqual(area);
    },
  );

  it('never exceeds the area', () => {
    const layout = packedLayout(640, 360, 320);
    for (let width = 1; width < 3000; width += 37) {
      for (let height = 1; height < 3000; height += 41) {
        const size = sizeInArea(picture(width, height, { pixelAspect: 1.37 }), layout);
        expect(size.width <= 640 && size.height <= 360).toBe(true);
        expect(size.width >= 1 && size.height >= 1).toBe(true);
      }
    }
  });
});
