import { join } from 'node:path';
import { readFile, writeFile } from 'node:fs/promises';
import {
  encode,
  sceneFps,
  sceneFrames,
  sceneHeight,
  sceneWidth,
  transcode,
} from './coded-scene.ts';

/** What a kind of file is made from. */
export interface FileMaking {
  readonly ffmpeg: string;
  readonly folder: string;
  readonly pictures: readonly Buffer[];
  /** The scene in a plain file: H.264 in MP4, of high quality. */
  readonly plain: string;
}

export interface FileKind {
  readonly name: string;
  /** Writes the file; resolves with its path. */
  readonly make: (making: FileMaking) => Promise<string>;
  /** Most frames per second that are wanted. Default: all. */
  readonly fps?: number;
  /** Numbers of the pictures that the file holds. Default: all, at the rate of the scene. */
  readonly codes?: readonly number[];
  /** Time of a picture from the first, in ms. Default: its place in the scene. */
  readonly timeOf?: (code: number) => number;
  /** Size of the upright picture with square pixels. Default: that of the scene. */
  readonly size?: readonly [number, number];
  /** Least share of the objects of the plain file that are found. Default 0.95. */
  readonly matchedMin?: number;
}

const all = Array.from({ length: sceneFrames }, (_, i) => i);
const intervalMs = 1000 / sceneFps;
const h264 = ['-c:v', 'libx264', '-crf', '12', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
const size = (width: number, height: number): string => `${width}x${height}`;

/** A file that ffmpeg writes from the pictures. */
function encoded(
  name: string,
  file: string,
  output: readonly string[],
): Pick<FileKind, 'name' | 'make'> {
  return {
    name,
    make: async ({ ffmpeg, folder, pictures }) => {
      const path = join(folder, file);
      await encode(ffmpeg, pictures, [...output, path]);
      return path;
    },
  };
}

/** A file that ffmpeg writes from the plain one. */
function transcoded(
  name: string,
  file: string,
  input: readonly string[],
  output: readonly string[],
): Pick<FileKind, 'name' | 'make'> {
  return {
    name,
    make: async ({ ffmpeg, folder, plain }) => {
      const path = join(folder, file);
      await transcode(ffmpeg, [...input, '-i', plain, ...output, path]);
      return path;
    },
  };
}

/** A quarter or half turn that players undo: the stored picture is turned the other way. */
function turned(degrees: 90 | 180 | 270): Pick<FileKind, 'name' | 'make'> {
  const turn = { 90: 'transpose=cclock', 180: 'hflip,vflip', 270: 'transpose=clock' }[degrees];
  return {
    name: `MP4 with a rotation of ${degrees} degrees`,
    make: async ({ ffmpeg, folder, pictures }) => {
      const stored = join(folder, `stored-${degrees}.mp4`);
      const path = join(folder, `turned-${degrees}.mp4`);
      await encode(ffmpeg, pictures, ['-vf', turn, ...h264, stored]);
      const matrix = rotationMatrix(degrees);
      await writeFile(path, withMatrix(await readFile(stored), matrix));
      return path;
    },
  };
}

/** The 3 × 3 matrix of a track header that turns by `degrees` clockwise, in 16.16 and 2.30. */
function rotationMatrix(degrees: 90 | 180 | 270): readonly number[] {
  const [a, b, c, d] = { 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0] }[degrees];
  return [a!, b!, 0, c!, d!, 0, 0, 0, 0x4000].map((value) => value * 0x10000);
}

/** The MP4 with this matrix in the header of its only track. */
function withMatrix(mp4: Buffer, matrix: readonly number[]): Buffer {
  const at = mp4.indexOf('tkhd');
  // Behind the name: version and flags, times, id, reserved, duration; version 0 is 32 bits wide.
  const from = at + 4 + 4 + (mp4[at + 4] === 0 ? 20 : 32) + 16;
  matrix.forEach((value, i) => mp4.writeInt32BE(value | 0, from + 4 * i));
  return mp4;
}

/** Numbers of the pictures of a file with gaps: a camera that sends by movement. */
const uneven = all.filter((code) => code % 7 !== 3 && (code < 12 || code > 24));
const unevenSelect = `select='${uneven.map((code) => `eq(n\\,${code})`).join('+')}'`;
const passthrough = ['-vsync', 'vfr'];
/** The clock of MPEG transport streams wraps after this many seconds. */
const wrapSeconds = 2 ** 33 / 90_000;

export const fileKinds: readonly FileKind[] = [
  encoded('Matroska, VP8', 'vp8.mkv', ['-c:v', 'libvpx', '-b:v', '4M', '-deadline', 'realtime']),
  encoded('WebM, VP9', 'vp9.webm', [
    ...['-c:v', 'libvpx-vp9', '-b:v', '4M', '-deadline', 'realtime', '-cpu-used', '8'],
  ]),
  encoded('AVI, MJPEG', 'mjpeg.avi', ['-c:v', 'mjpeg', '-q:v', '2']),
  encoded('MP4, HEVC 10 bit', 'hevc10.mp4', [
    ...['-c:v', 'libx265', '-crf', '14', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le'],
    ...['-x265-params', 'log-level=none'],
  ]),
  encoded('MOV, ProRes 4:4:4:4 with an opaque alpha channel', 'prores.mov', [
    ...['-c:v', 'prores_ks', '-profile:v', '4444', '-pix_fmt', 'yuva444p10le'],
  ]),
  encoded('MOV, PNG with alpha', 'png.mov', ['-c:v', 'png', '-pix_fmt', 'rgba']),
  encoded('animated PNG', 'animated.apng', [
    ...['-compression_level', '1', '-plays', '1', '-f', 'apng'],
  ]),
  encoded('H.264, 4:4:4', 'yuv444.mkv', [...h264, '-pix_fmt', 'yuv444p']),
  encoded('full range, BT.709', 'full709.mp4', [
    ...['-vf', 'scale=out_color_matrix=bt709:out_range=full', ...h264, '-pix_fmt', 'yuvj420p'],
    ...['-color_range', 'pc', '-colorspace', 'bt709', '-color_trc', 'bt709'],
    ...['-color_primaries', 'bt709'],
  ]),
  encoded('B frames', 'b-frames.mp4', [...h264, '-bf', '4', '-g', '40']),
  encoded('raw H.264 without a container', 'raw.h264', [...h264, '-bf', '0', '-f', 'h264']),
  transcoded(
    'fragmented MP4',
    'fragmented.mp4',
    [],
    [...['-c', 'copy', '-movflags', 'frag_keyframe+empty_moov']],
  ),
  transcoded(
    'MPEG-TS whose clock wraps',
    'wrap.ts',
    [],
    [...['-c', 'copy', '-muxdelay', '0', '-output_ts_offset', String(wrapSeconds - 2)]],
  ),
  transcoded(
    'times that begin below zero',
    'negative.mkv',
    ['-itsoffset', '-2'],
    [...['-c', 'copy', '-avoid_negative_ts', 'disabled']],
  ),
  transcoded('times that begin late', 'late.mkv', ['-itsoffset', '3600'], ['-c', 'copy']),
  {
    ...transcoded(
      'variable frame rate',
      'uneven.mkv',
      [],
      [...['-vf', unevenSelect, ...passthrough, ...h264]],
    ),
    codes: uneven,
  },
  {
    ...transcoded(
      'variable frame rate, at 2 frames per second',
      'uneven2.mkv',
      [],
      [...['-vf', unevenSelect, ...passthrough, ...h264]],
    ),
    codes: uneven,
    fps: 2,
  },
  {
    ...transcoded(
      'a picture every ten seconds',
      'slow.mkv',
      [],
      [...['-vf', 'setpts=100*PTS', ...passthrough, ...h264]],
    ),
    timeOf: (code) => 10_000 * code,
  },
  {
    ...encoded('120 frames per second, thinned to 30', 'fast.mp4', ['-r', '120', ...h264]),
    name: '120 frames per second, thinned to 30',
    make: async ({ ffmpeg, folder, pictures }) => {
      const path = join(folder, 'fast.mp4');
      await encode(ffmpeg, pictures, [...h264, path], { fps: 120 });
      return path;
    },
    fps: 30,
    timeOf: (code) => (1000 * code) / 120,
  },
  { ...transcoded('thinned to 3 frames per second', 'thin.mp4', [], ['-c', 'copy']), fps: 3 },
  { ...transcoded('wanted faster than it is', 'more.mp4', [], ['-c', 'copy']), fps: 60 },
  turned(90),
  turned(180),
  turned(270),
  encoded('pixels that are wider than high', 'wide-pixels.mp4', [
    ...['-vf', `scale=${size(sceneWidth / 2, sceneHeight)},setsar=2/1`, ...h264],
  ]),
  {
    ...encoded('pixels that are higher than wide', 'high-pixels.mkv', [
      ...['-vf', `scale=${size(sceneWidth, sceneHeight / 2)},setsar=1/2`, ...h264],
    ]),
    size: [sceneWidth / 2, sceneHeight / 2],
  },
  {
    name: 'a size that changes in mid-stream',
    make: async ({ ffmpeg, folder, pictures }) => {
      const path = join(folder, 'two-sizes.ts');
      const ts = [...h264, '-f', 'mpegts', '-muxdelay', '0'];
      const half = sceneFrames / 2;
      const parts = [join(folder, 'one.ts'), join(folder, 'two.ts')] as const;
      await encode(ffmpeg, pictures.slice(0, half), [...ts, parts[0]]);
      const later = ['-output_ts_offset', String(half / sceneFps), '-vf', 'scale=320:240'];
      await encode(ffmpeg, pictures.slice(half), [...later, ...ts, parts[1]]);
      await writeFile(path, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
      return path;
    },
    size: [0, 0],
    matchedMin: 0.9,
  },
  encoded('HDR10 (PQ, BT.2020)', 'pq.mkv', hdr('smpte2084')),
  encoded('HLG (BT.2020)', 'hlg.mkv', hdr('arib-std-b67')),
  transcoded(
    'a second video stream and sound',
    'streams.mkv',
    [...['-f', 'lavfi', '-i', 'sine=duration=4', '-f', 'lavfi', '-i', 'testsrc=s=64x64:d=4']],
    ['-map', '2:v', '-map', '0:a', '-map', '1:v', '-c:v:0', 'copy', '-c:v:1', 'mpeg4'],
  ),
  {
    name: 'a file that breaks off',
    make: async ({ folder, plain, ffmpeg }) => {
      const whole = join(folder, 'whole.ts');
      await transcode(ffmpeg, ['-i', plain, ...h264, '-g', '5', '-f', 'mpegts', whole]);
      const path = join(folder, 'broken-off.ts');
      const bytes = await readFile(whole);
      await writeFile(path, bytes.subarray(0, Math.round(0.7 * bytes.length)));
      return path;
    },
    codes: all.slice(0, Math.round(0.6 * sceneFrames)),
  },
];

/** Maps standard range to HDR as a screen of 203 nits would show it. */
function hdr(transfer: 'smpte2084' | 'arib-std-b67'): readonly string[] {
  const tagged = 'colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv';
  const linear = `format=yuv444p,setparams=${tagged},zscale=t=linear:npl=203,format=gbrpf32le`;
  const wide = `zscale=p=bt2020:t=${transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le`;
  const convert = `${linear},${wide}`;
  return [
    ...['-vf', `scale=out_color_matrix=bt709,${convert}`],
    ...['-c:v', 'libx265', '-crf', '14', '-preset', 'ultrafast'],
    '-x265-params',
    `log-level=none:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc`,
    ...['-color_primaries', 'bt2020', '-color_trc', transfer, '-colorspace', 'bt2020nc'],
  ];
}

export const sceneTimeOf = (code: number): number => code * intervalMs;
export const allCodes = all;
