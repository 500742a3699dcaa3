import { describe, expect, it } from 'vitest';
import { parseVideoInfo } from '../../../../operators/ingest/ffmpeg/probe.ts';

describe('parseVideoInfo', () => {
  it('parses size, rate and duration of an AVI', () => {
    const text = `Input #0, avi, from 'file:vtest.avi':
  Duration: 00:01:19.50, start: 0.000000, bitrate: 817 kb/s
  Stream #0:0: Video: mpeg4 (Simple Profile) (XVID / 0x44495658), yuv420p, 768x576 [SAR 1:1 DAR 4:3], 812 kb/s, 10 fps, 10 tbr, 10 tbn
At least one output file must be specified`;
    expect(parseVideoInfo(text)).toEqual({
      assumedColours: [],
      width: 768,
      height: 576,
      fps: 10,
      durationMs: 79_500,
      codec: 'mpeg4',
      colours: 'plain',
      hasAlpha: false,
      isSegmented: false,
    });
  });

  it('swaps width and height for a rotation in the side data of the video stream only', () => {
    const stream = (rotation: number): string => `  Duration: 00:00:05.00, start: 0
  Stream #0:0(und): Video: h264 (avc1 / 0x31637661), yuv420p(tv, bt709), 1920x1080, 100 kb/s, 29.97 fps, 29.97 tbr
    Side data:
      displaymatrix: rotation of ${rotation.toFixed(2)} degrees
  Stream #0:1: Audio: aac`;
    expect(parseVideoInfo(stream(-90))).toMatchObject({ width: 1080, height: 1920 });
    expect(parseVideoInfo(stream(180))).toMatchObject({ width: 1920, height: 1080 });
    expect(parseVideoInfo(stream(90))?.fps).toBeCloseTo(30_000 / 1001, 10);
  });

  it('has neither duration nor rate for a live stream that only has a base rate', () => {
    const text = `  Duration: N/A, start: 0.0, bitrate: N/A
  Stream #0:0: Video: mjpeg (Baseline), yuvj420p(pc, bt470bg), 320x240, 25 tbr, 1200k tbn`;
    expect(parseVideoInfo(text)).toMatchObject({
      width: 320,
      height: 240,
      fps: null,
      durationMs: null,
    });
  });

  it('makes pixels square, also of a turned picture', () => {
    const wide =
      '  Stream #0:0: Video: mpeg2video (Main), yuv420p(tv), 720x576 [SAR 64:45 DAR 16:9], 25 fps';
    expect(parseVideoInfo(wide)).toMatchObject({ width: 1024, height: 576 });
    const turned = `${wide}\n    Side data:\n      displaymatrix: rotation of -90.00 degrees`;
    expect(parseVideoInfo(turned)).toMatchObject({ width: 405, height: 720 });
  });

  it.each([
    [
      'hevc (Main 10) (hev1 / 0x31766568), yuv420p10le(tv, bt2020nc/bt2020/smpte2084), 64x48',
      'hdr',
    ],
    ['hevc (Main 10), yuv420p10le(pc, bt2020nc/bt2020/arib-std-b67, progressive), 64x48', 'hdr'],
    ['hevc (Main 10), yuv420p10le(tv, bt2020nc/bt2020/bt709), 64x48', 'wide'],
    ['h264 (High), yuv420p(tv, bt709), 64x48', 'plain'],
  ])('knows the colours of %s', (stream, colours) => {
    expect(parseVideoInfo(`  Stream #0:0: Video: ${stream}, 25 fps`)).toMatchObject({ colours });
  });

  it.each([
    ['prores (4444) (ap4h / 0x68347061), yuva444p12le(tv), 64x48', true],
    ['gif, bgra, 64x48', true],
    ['png, pal8(pc), 64x48', true],
    ['apng, rgba(pc, gbr/unknown/unknown), 64x48', true],
    ['vp9 (Profile 0), yuv420p(tv), 64x48', false],
    ['rawvideo (RGB[24] / 0x18424752), rgb24, 64x48', false],
  ])('knows whether %s may be transparent', (stream, hasAlpha) => {
    expect(parseVideoInfo(`  Stream #0:0: Video: ${stream}, 25 fps`)).toMatchObject({ hasAlpha });
  });

  it('finds the transparency of VP9 in its metadata, and segments in the format', () => {
    const text = `Input #0, hls, from 'x':
  Stream #0:0(eng): Video: vp9 (Profile 0), yuv420p(tv, bt709), 64x48, SAR 1:1 DAR 4:3, 10 fps
    Metadata:
      alpha_mode      : 1
  Stream #0:1: Audio: aac`;
    expect(parseVideoInfo(text)).toMatchObject({ hasAlpha: true, isSegmented: true });
  });

  it('has no rate when the stated one is implausible', () => {
    const text = '  Stream #0:0: Video: h264, yuv420p, 320x240, 90k tbr, 90k tbn';
    expect(parseVideoInfo(text)).toMatchObject({ fps: null });
  });

  it.each([
    ['sound', '  Stream #0:0: Audio: mp3, 44100 Hz, stereo'],
    ['cover art', '  Stream #0:1: Video: mjpeg, yuvj420p, 500x500, 90k tbr (attached pic)'],
    ['text', '  Stream #0:0: Video: ansi, pal8, 640x400 [SAR 1:1 DAR 8:5], 25 fps, 25 tbr'],
    ['a stream without a size', '  Stream #0:0: Video: h264, none, 25 tbr'],
    ['nothing', 'Invalid data found when processing input'],
  ])('finds no video in %s', (_, text) => {
    expect(parseVideoInfo(text)).toBeNull();
  });

  it.each([
    ['bt2020nc/bt2020/smpte2084', 'hdr', []],
    ['unknown/bt2020/smpte2084', 'hdr', ['colorspace=bt2020nc']],
    ['unknown/unknown/smpte2084', 'hdr', ['colorspace=bt2020nc', 'color_primaries=bt2020']],
    ['unknown/bt2020/unknown', 'wide', ['colorspace=bt2020nc', 'color_trc=bt2020-10']],
  ])('assumes what %s leaves open', (colours, kind, assumed) => {
    const text = `Stream #0:0: Video: hevc (Main 10), yuv420p10le(tv, ${colours}), 640x480, 10 fps, 10 tbr`;
    expect(parseVideoInfo(text)).toMatchObject({ colours: kind, assumedColours: assumed });
  });
});
