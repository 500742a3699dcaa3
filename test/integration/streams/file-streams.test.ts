import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import installer from '@ffmpeg-installer/ffmpeg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { findFfmpeg } from '../../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import { RateLimit } from '../../../operators/ingest/frames/rate-limit.ts';
import {
  createSource,
  type SourceOptions,
} from '../../../operators/ingest/sources/create-source.ts';
import { capture } from '../../operators/ingest/capture.ts';
import { exifVideo } from './exif-video.ts';
import { makeNumbered, see, standard, testedFfmpegs, type Seen } from './numbered-video.ts';

const system = (await findFfmpeg()).path;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-streams-'));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const made = new Map<string, string>();

/** What was made before, by the same options and under the same name, is there already. */
function once(name: string, options: unknown, write: (file: string) => void): string {
  const key = name + JSON.stringify(options);
  const file = made.get(key) ?? at(`${made.size}-${name}`);
  if (!made.has(key)) write(file);
  made.set(key, file);
  return file;
}

/** Makes a numbered video. */
function make(
  name: string,
  options: Omit<Parameters<typeof makeNumbered>[2], 'count'> & { count?: number },
): string {
  return once(name, options, (file) => makeNumbered(system, file, { count: 20, ...options }));
}

/** Remakes a file with an ffmpeg. */
function remake(from: string, name: string, output: readonly string[], path = system): string {
  return once(name, [from, output], (file) =>
    execFileSync(path, ['-loglevel', 'error', '-y', '-i', from, ...output, file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
}

const mpeg2 = ['-c:v', 'mpeg2video', '-b:v', '2M', '-g', '5', '-bf', '0'];
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

describe.each(testedFfmpegs(system))('recordings read by %s', (_, ffmpegPath) => {
  /** Plays a file and returns what its frames show. */
  async function play(file: string, options: SourceOptions = {}, video = standard) {
    vi.stubEnv('FFMPEG_PATH', ffmpegPath);
    const seen: Seen[] = [];
    const result = await capture(createSource(file, options), {
      viewSize: 160,
      onFrame: (frame) => seen.push(see(frame, video)),
    });
    expect(result.outcome).toBe('complete');
    return { seen, events: result.events };
  }

  const counted = (count: number): number[] => Array.from({ length: count }, (__, i) => i);
  const numbersOf = (seen: readonly Seen[]) => seen.map(({ number }) => number);

  /** Each picture is there, in order, in both sizes, and at the time of the truth. */
  function expectTrue(seen: readonly Seen[], timesMs: readonly number[], withinMs = 1.5): void {
    expect(numbersOf(seen)).toEqual(counted(timesMs.length));
    expect(seen.map(({ viewNumber }) => viewNumber)).toEqual(counted(timesMs.length));
    expect(seen.map(({ index }) => index)).toEqual(counted(timesMs.length));
    for (const [i, { timestampMs }] of seen.entries()) {
      expect(Math.abs(timestampMs - timesMs[i]!), `time of ${i}`).toBeLessThan(withinMs);
    }
  }

  describe('with a variable rate', () => {
    const timesMs = counted(20).map((i) => (i < 10 ? i * 100 : 1000 + (i - 10) * 700));
    const variable = ['-vf', "setpts='if(lt(N,10),N*100,1000+(N-10)*700)'", '-vsync', '0'];

    it('have the times of their pictures', async () => {
      const file = make('vfr.mkv', { fps: 1000, output: [...variable, ...h264] });
      const { seen } = await play(file);
      expectTrue(seen, timesMs);
    });

    it.each([0.7, 1.3, 2, 3, 120])('are thinned to %d fps without a copy', async (fps) => {
      const file = make('vfr.mkv', { fps: 1000, output: [...variable, ...h264] });
      const limit = new RateLimit(fps);
      const expected = counted(20).filter((i) => limit.admits(timesMs[i]!));
      const { seen } = await play(file, { fps });
      expect(numbersOf(seen)).toEqual(expected);
    });
  });

  it('of an odd rate are thinned to a share of it', async () => {
    const file = make('odd.avi', { fps: 7.3, count: 40, output: ['-c:v', 'mjpeg', '-q:v', '3'] });
    const { seen } = await play(file, { fps: 3 });
    expect(Math.abs(seen.length - (40 / 7.3) * 3)).toBeLessThanOrEqual(1.7);
    expect(new Set(numbersOf(seen)).size).toBe(seen.length);
    for (const { number, timestampMs } of seen) {
      expect(Math.abs(timestampMs - (number! * 1000) / 7.3)).toBeLessThan(137);
    }
  });

  it('with negative times begin at 0', async () => {
    const shift = ['-avoid_negative_ts', 'disabled', '-output_ts_offset', '-0.7'];
    const file = make('negative.mp4', { fps: 10, output: [...h264, ...shift] });
    const { seen } = await play(file);
    const first = seen[0]!.number!;
    // ffmpeg's players leave out what lies before 0; what is left has its own time.
    expect(numbersOf(seen)).toEqual(counted(20).slice(first));
    for (const { number, timestampMs } of seen) {
      expect(Math.abs(timestampMs - (number! - first) * 100)).toBeLessThan(1.5);
    }
  });

  it('whose clock wraps in mid-stream go on', async () => {
    // 33 bits of 90 kHz end after 95443.717 s.
    const file = make('wrap.ts', { fps: 5, output: [...mpeg2, '-output_ts_offset', '95441'] });
    const { seen } = await play(file);
    expectTrue(
      seen,
      counted(20).map((i) => i * 200),
    );
  });

  it('that change their size in mid-stream keep boxes in place', async () => {
    const parts = [
      { width: 320, height: 240 },
      { width: 640, height: 360 },
      { width: 192, height: 256 },
      { width: 320, height: 240 },
    ];
    const file = at(`sizes.ts`);
    writeFileSync(file, '');
    for (const [i, size] of parts.entries()) {
      const options = { fps: 10, count: 5, first: i * 5, video: { ...standard, ...size } };
      const part = make('part.ts', {
        ...options,
        output: [...h264, '-bf', '0', '-output_ts_offset', String(10 + i / 2)],
      });
      appendFileSync(file, readFileSync(part));
    }
    const { seen, events } = await play(file);
    expectTrue(
      seen,
      counted(20).map((i) => i * 100),
      // At a seam, ffmpeg guesses the time of a picture whose packet it has joined.
      101,
    );
    const sources = ['320×240', '640×360', '192×256', '320×240'];
    expect(seen.map(({ sizes }) => sizes.split(', ')[0])).toEqual(
      sources.flatMap((size) => Array.from({ length: 5 }, () => size)),
    );
    expect(events[0]).toMatchObject({ type: 'opened', width: 320, height: 240 });
  });

  it.each([
    ['4/3', '427×240, 427×240'],
    ['8/9', '284×240, 284×240'],
    ['0', '320×240, 320×240'],
  ])('with pixels of aspect %s are shown with square ones', async (sar, sizes) => {
    const output = ['-vf', `setsar=${sar}`, ...h264];
    const { seen, events } = await play(make('sar.mp4', { fps: 10, output }));
    expectTrue(
      seen,
      counted(20).map((i) => i * 100),
    );
    expect(new Set(seen.map((each) => each.sizes))).toEqual(new Set([sizes]));
    const [width, height] = sizes.split(', ')[0]!.split('×').map(Number);
    expect(events[0]).toMatchObject({ type: 'opened', width, height, fps: 10 });
  });

  it.each([
    ['90', 'transpose=1'],
    ['180', 'hflip,vflip'],
    ['270', 'transpose=2'],
  ])(
    'turned counterclockwise by %s degrees in their container are upright',
    async (degrees, lying) => {
      const raw = make('lying.mp4', { fps: 10, output: ['-vf', lying, ...h264] });
      const turn = ['-c', 'copy', '-metadata:s:v', `rotate=${degrees}`];
      // Later versions have another option for this.
      const file = remake(raw, 'turned.mp4', turn, installer.path);
      const { seen, events } = await play(file);
      expectTrue(
        seen,
        counted(20).map((i) => i * 100),
      );
      expect(seen[0]!.sizes).toBe('320×240, 320×240');
      expect(events[0]).toMatchObject({ width: 320, height: 240 });
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'of JPEG pictures with EXIF orientation %i are upright',
    async (orientation) => {
      const file = at('exif.mjpeg');
      writeFileSync(file, await exifVideo(6, orientation));
      const { seen, events } = await play(file, { maxSide: 160 });
      expect(numbersOf(seen)).toEqual(counted(6));
      expect(seen[0]!.sizes).toBe('320×240, 160×120');
      expect(events.filter(({ type }) => type === 'opened')).toEqual([
        expect.objectContaining({ width: 320, height: 240 }),
      ]);
    },
  );

  /** Mean of the square and of the ground, from the frames of a file. */
  async function colours(file: string) {
    const { seen } = await play(file);
    expect(numbersOf(seen)).toEqual(counted(seen.length));
    return seen[0]!.ground;
  }

  it.each([
    ['BT.601, limited', 'out_color_matrix=bt601:out_range=tv', 'smpte170m', 'tv', 'smpte170m'],
    ['BT.601, full', 'out_color_matrix=bt601:out_range=pc', 'smpte170m', 'pc', 'smpte170m'],
    ['BT.709, limited', 'out_color_matrix=bt709:out_range=tv', 'bt709', 'tv', 'bt709'],
    ['BT.709, full', 'out_color_matrix=bt709:out_range=pc', 'bt709', 'pc', 'bt709'],
  ])('of %s have the colours that were filmed', async (_name, scale, matrix, range, primaries) => {
    const tags = ['-colorspace', matrix, '-color_range', range, '-color_primaries', primaries];
    const output = [
      '-vf',
      `scale=${scale},format=yuv444p`,
      '-c:v',
      'libx264',
      '-crf',
      '5',
      ...tags,
    ];
    const ground = await colours(make('colours.mp4', { fps: 10, count: 4, output }));
    for (const value of ground) expect(Math.abs(value - 70)).toBeLessThanOrEqual(3);
  });

  it.each([
    ['PQ', 'smpte2084'],
    ['HLG', 'arib-std-b67'],
  ])('in HDR (%s) are as bright as in SDR', async (_name, transfer) => {
    const convert = `scale=out_color_matrix=bt709,format=yuv444p10le,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709,zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020:t=${transfer}:m=bt2020nc:npl=203,format=yuv420p10le`;
    const tags = ['-colorspace', 'bt2020nc', '-color_primaries', 'bt2020', '-color_trc', transfer];
    const output = ['-vf', convert, '-c:v', 'libx264', '-crf', '10', ...tags];
    const ground = await colours(make('hdr.mp4', { fps: 10, count: 6, output }));
    for (const value of ground) expect(Math.abs(value - 70)).toBeLessThanOrEqual(6);
  });

  it.each([
    ['PNG in MOV', 'alpha.mov', ['-c:v', 'png', '-pix_fmt', 'rgba']],
    ['ProRes 4444', 'alpha4.mov', ['-c:v', 'prores_ks', '-pix_fmt', 'yuva444p10le']],
    ['QuickTime RLE', 'rle.mov', ['-c:v', 'qtrle', '-pix_fmt', 'argb']],
    ['APNG', 'alpha.apng', ['-c:v', 'apng', '-pix_fmt', 'rgba', '-f', 'apng']],
    ['VP9', 'alpha.webm', ['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-b:v', '2M']],
    [
      'VP8',
      'alpha8.webm',
      ['-c:v', 'libvpx', '-pix_fmt', 'yuva420p', '-b:v', '2M', '-auto-alt-ref', '0'],
    ],
    ['GIF', 'alpha.gif', ['-filter_complex', 'split[a][b];[a]palettegen[p];[b][p]paletteuse']],
  ])('of transparent pictures (%s) have a grey ground', async (_name, name, output) => {
    const opaque = make('opaque.mkv', {
      fps: 10,
      count: 6,
      output: ['-c:v', 'ffv1', '-pix_fmt', 'bgr0'],
    });
    // The ground becomes transparent, and black where transparency is left out.
    const keyed = remake(opaque, 'keyed.mkv', [
      '-vf',
      "format=rgba,geq=r='r(X,Y)*gt(r(X,Y),150)':g='g(X,Y)*gt(r(X,Y),150)':b='b(X,Y)*gt(r(X,Y),150)':a='255*gt(r(X,Y),150)'",
      '-c:v',
      'ffv1',
      '-pix_fmt',
      'bgra',
    ]);
    const ground = await colours(remake(keyed, name, output));
    for (const value of ground) expect(Math.abs(value - 128)).toBeLessThanOrEqual(4);
  });
});
