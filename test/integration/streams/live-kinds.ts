import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from './coded-scene.ts';
import { encodePictures } from './coded-jpegs.ts';
import {
  multipart,
  serveHttp,
  snapshots,
  splitTransportStream,
  streamed,
  type LiveServer,
  type Multipart,
} from './live-servers.ts';

export interface LiveMaking {
  readonly ffmpeg: string;
  readonly folder: string;
  readonly pictures: readonly Buffer[];
}

export interface LiveKind {
  readonly name: string;
  readonly serve: (making: LiveMaking) => Promise<LiveServer>;
  /** Pictures a second that the camera sends. */
  readonly sentFps: number;
  /** Most frames per second that are wanted. Default: all. */
  readonly fps?: number;
  /** Pictures that the stream's format holds back until more come. Default 1. */
  readonly lateFrames?: number;
  /** How long it is watched from its first picture on, in ms. Default 3500. */
  readonly forMs?: number;
  /** Sizes that frames may have. Default: that of the scene. */
  readonly sizes?: readonly string[];
}

/** Most cameras send the same pictures; encoding them takes longer than sending them. */
const encoded = new WeakMap<LiveMaking, ReturnType<typeof encodePictures>>();

function jpegs(making: LiveMaking): ReturnType<typeof encodePictures> {
  const known = encoded.get(making) ?? encodePictures(making.pictures);
  encoded.set(making, known);
  return known;
}

function dialect(name: string, how: Multipart): LiveKind {
  return {
    name: `multipart, ${name}`,
    sentFps: 10,
    serve: async (making) => serveHttp('/stream', multipart(await jpegs(making), 10, how)),
  };
}

function ofRate(sentFps: number, fps: number, forMs = 3500): LiveKind {
  return {
    name: `multipart, ${sentFps} pictures a second sent, ${fps} wanted`,
    sentFps,
    fps,
    forMs,
    serve: async (making) => serveHttp('/video.mjpg', multipart(await jpegs(making), sentFps)),
  };
}

const withExifThumbnail = Buffer.from('\r\nnoise between the parts\xff\xd8\xff\xd9', 'latin1');

export const liveKinds: readonly LiveKind[] = [
  dialect('as the standard has it', {}),
  dialect('without a first boundary', { firstBoundary: false }),
  dialect('without lengths', { length: 'none' }),
  dialect('without a first boundary and without lengths', { firstBoundary: false, length: 'none' }),
  dialect('with lengths of 0', { length: 'zero' }),
  dialect('with line feeds alone', { newline: '\n' }),
  dialect('with the dashes in the declared boundary', {
    contentType: 'multipart/x-mixed-replace; boundary=--frame',
  }),
  dialect('with a quoted boundary', {
    contentType: 'multipart/x-mixed-replace;boundary="frame"',
  }),
  dialect('with another boundary than it declares', {
    boundary: '--other',
    contentType: 'multipart/x-mixed-replace; boundary=frame',
  }),
  dialect('without a boundary declared', { contentType: 'multipart/x-mixed-replace' }),
  dialect('without types of the parts', { partType: null }),
  dialect('with further headers', {
    extraHeaders: ['X-Timestamp: 12.5', `X-Long: ${'a'.repeat(2000)}`],
  }),
  dialect('in writes of 700 bytes', { writeBytes: 700 }),
  dialect('with noise between the parts', { rubbish: withExifThumbnail, length: 'none' }),
  dialect('declared as a JPEG', { contentType: 'image/jpeg' }),
  {
    name: 'JPEGs one behind the other, without parts',
    sentFps: 10,
    serve: async (making) => {
      const pictures = await jpegs(making);
      return serveHttp('/raw', streamed([...pictures, ...pictures], 10, 'video/x-motion-jpeg'));
    },
  },
  ofRate(10, 10),
  ofRate(60, 10),
  ofRate(25, 10),
  ofRate(2, 1, 6000),
  ofRate(0.5, 10, 9000),
  {
    name: 'multipart, pictures turned by their EXIF orientation, changing',
    sentFps: 10,
    serve: async (making) => {
      const turned = await encodePictures(making.pictures, (code) => ({
        orientation: 1 + (code % 8),
      }));
      return serveHttp('/turned', multipart(turned, 10));
    },
  },
  {
    name: 'multipart, a size that changes in mid-stream',
    sentFps: 10,
    sizes: ['640,480', '320,240'],
    serve: async (making) => {
      const mixed = await encodePictures(making.pictures, (code) => ({
        scale: code < 15 ? 1 : 0.5,
      }));
      return serveHttp('/mixed', multipart(mixed, 10));
    },
  },
  {
    name: 'multipart, progressive and CMYK pictures',
    sentFps: 10,
    serve: async (making) => {
      const odd = await encodePictures(making.pictures, (code) => ({
        progressive: true,
        cmyk: code % 2 === 0,
      }));
      return serveHttp('/odd', multipart(odd, 10));
    },
  },
  {
    name: 'multipart, PNG pictures',
    sentFps: 10,
    serve: async (making) => {
      const png = await encodePictures(making.pictures, { format: 'png' });
      return serveHttp('/png', multipart(png, 10, { partType: 'image/png' }));
    },
  },
  {
    name: 'a snapshot address, 10 pictures a second, 5 wanted',
    sentFps: 10,
    fps: 5,
    serve: async (making) => serveHttp('/snapshot.jpg', snapshots(await jpegs(making), 10)),
  },
  {
    name: 'a snapshot address that answers 304 to what is known',
    sentFps: 2,
    fps: 10,
    forMs: 5000,
    serve: async (making) =>
      serveHttp('/now.jpg', snapshots(await jpegs(making), 2, { conditional: true })),
  },
  {
    name: 'a snapshot address without an ending, of type application/octet-stream',
    sentFps: 10,
    fps: 5,
    serve: async (making) =>
      serveHttp(
        '/cgi?user=1',
        snapshots(await jpegs(making), 10, { contentType: 'application/octet-stream' }),
      ),
  },
  {
    name: 'a snapshot address of turned WebP pictures',
    sentFps: 10,
    fps: 5,
    serve: async (making) => {
      const webp = await encodePictures(making.pictures, { format: 'webp', orientation: 6 });
      return serveHttp('/snap', snapshots(webp, 10, { contentType: 'image/webp' }));
    },
  },
  {
    name: 'MPEG-TS over HTTP, 10 pictures a second',
    sentFps: 10,
    lateFrames: 5,
    forMs: 5000,
    serve: async (making) =>
      serveHttp('/live.ts', streamed(await transportStream(making), 10, 'video/mp2t')),
  },
  {
    name: 'MPEG-TS over HTTP that claims 10 and sends 3, 10 wanted',
    sentFps: 3,
    lateFrames: 5,
    fps: 10,
    forMs: 8000,
    serve: async (making) =>
      serveHttp('/live', streamed(await transportStream(making), 3, 'application/octet-stream')),
  },
];

/** The scene three times, as a transport stream of whole pictures, one part each. */
export async function transportStream({ ffmpeg, folder, pictures }: LiveMaking) {
  const path = join(folder, 'live.ts');
  await encode(
    ffmpeg,
    [...pictures, ...pictures, ...pictures],
    [
      ...['-c:v', 'libx264', '-crf', '14', '-g', '5', '-bf', '0', '-pix_fmt', 'yuv420p'],
      ...['-tune', 'zerolatency', '-f', 'mpegts', '-muxdelay', '0', path],
    ],
  );
  return splitTransportStream(await readFile(path));
}
