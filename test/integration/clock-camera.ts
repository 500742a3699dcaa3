import { execFileSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { serveSession, type RtspServer } from './rtsp-server.ts';

/** One coded picture of a {@link encodePictures}. */
interface AccessUnit {
  readonly units: readonly Buffer[];
  /** Number of the picture in the order of presentation. */
  readonly picture: number;
}

const ssrc = 0x1234_5678;
const ntpEpoch = 2_208_988_800;
export const greySteps = 20;

/** The brightness of picture `n`, which tells it from its neighbours. */
export function greyOf(n: number): number {
  return 30 + (n % greySteps) * 10;
}

/** The picture that is nearest in brightness, modulo {@link greySteps}. */
export function pictureOfGrey(grey: number): number {
  return Math.round((grey - 30) / 10);
}

/** Encodes grey pictures as H.264, with `bFrames` B-frames between references. */
export function encodePictures(ffmpeg: string, count: number, bFrames = 0): AccessUnit[] {
  const [width, height] = [64, 48];
  const input = Buffer.concat(
    Array.from({ length: count }, (_, n) => Buffer.alloc(width * height, greyOf(n))),
  );
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${width}x${height}`, '-r', '25'];
  const parameters = `aud=1:keyint=10:scenecut=0:b-adapt=0:bframes=${bFrames}:repeat-headers=1`;
  const coded = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-x264-params', parameters];
  const quiet = ['-loglevel', 'error'];
  const run = (input: Buffer, args: string[]) =>
    execFileSync(ffmpeg, [...quiet, ...args, 'pipe:1'], { input, maxBuffer: 1e8 });
  // The container keeps the order of presentation, the elementary stream the delimiters.
  const film = run(input, [...raw, '-i', 'pipe:0', ...coded, '-f', 'nut']);
  const stream = run(film, ['-i', 'pipe:0', '-c', 'copy', '-f', 'h264']);
  const packets = run(film, ['-i', 'pipe:0', '-c', 'copy', '-f', 'framecrc']).toString();
  const times = packets
    .split('\n')
    .flatMap((line) => /^\d+, *-?\d+, *(-?\d+)/.exec(line)?.slice(1, 2) ?? [])
    .map(Number);
  const first = Math.min(...times);
  const step = Math.min(...times.map((time) => time - first).filter((time) => time > 0));
  const accessUnits: { units: Buffer[]; picture: number }[] = [];
  for (const unit of unitsOf(stream)) {
    if ((unit[0]! & 31) === 9) {
      const time = times[accessUnits.length]!;
      accessUnits.push({ units: [], picture: Math.round((time - first) / step) });
    } else accessUnits.at(-1)?.units.push(unit);
  }
  return accessUnits;
}

/** The NAL units between the start codes of an H.264 elementary stream. */
function unitsOf(stream: Buffer): Buffer[] {
  const startCode = Buffer.of(0, 0, 1);
  const starts: number[] = [];
  for (let at = stream.indexOf(startCode); at >= 0; at = stream.indexOf(startCode, at + 3)) {
    starts.push(at);
  }
  return starts.map((start, i) => {
    const unit = stream.subarray(start + 3, starts[i + 1] ?? stream.length);
    return unit.at(-1) === 0 ? unit.subarray(0, -1) : unit;
  });
}

export interface ClockCameraOptions {
  readonly accessUnits: readonly AccessUnit[];
  readonly intervalMs: number;
  /** From the moment at which a picture is taken to that at which it is sent. */
  readonly delayMs: number;
  /** RTP timestamp of the first picture. */
  readonly firstTimestamp: number;
  /** Pictures between sender reports; the first report follows the first of them. */
  readonly reportEvery: number;
  /** Added to the clock that the reports tell. */
  readonly clockOffMs?: number;
  /** Number of the coded picture at which a client joins. */
  readonly joinAt?: number;
}

export interface ClockCamera extends RtspServer {
  /** When picture `n` of the newest PLAY was taken, in Unix ms. */
  readonly takenMs: (n: number) => number;
}

/** An RTSP camera that plays H.264 pictures in real time and tells its clock by RTCP. */
export async function serveClockCamera(options: ClockCameraOptions): Promise<ClockCamera> {
  const { accessUnits, intervalMs, delayMs, firstTimestamp, reportEvery } = options;
  const { clockOffMs = 0, joinAt = 0 } = options;
  let firstMs = 0;
  const takenMs = (n: number): number => firstMs + n * intervalMs;
  const timestampOf = (n: number) => (firstTimestamp + Math.round(n * intervalMs * 90)) % 2 ** 32;
  const play = (socket: Socket): void => {
    // Pictures are sent in the order of coding, so the first may not be the earliest.
    firstMs = Date.now() - delayMs - joinAt * intervalMs;
    let at = joinAt;
    let sequence = 40_000;
    const timer = setInterval(() => {
      for (; takenMs(at) + delayMs <= Date.now(); at++) {
        const accessUnit = accessUnits[at];
        if (accessUnit === undefined) {
          clearInterval(timer);
          return;
        }
        const { units, picture } = accessUnit;
        for (const [i, unit] of units.entries()) {
          const isLast = i === units.length - 1;
          const head = { isLast, sequence: sequence++, timestamp: timestampOf(picture) };
          socket.write(interleaved(0, rtpPacket(unit, head)));
        }
        if ((at - joinAt) % reportEvery !== 0) continue;
        const report = senderReport(takenMs(at) + clockOffMs, timestampOf(at));
        socket.write(interleaved(1, report));
      }
    }, 5);
    socket.on('close', () => clearInterval(timer));
  };
  const media =
    'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n';
  return { ...(await serveSession(media, play)), takenMs };
}

export function interleaved(channel: number, packet: Buffer): Buffer {
  const head = Buffer.of(0x24, channel, packet.length >> 8, packet.length & 255);
  return Buffer.concat([head, packet]);
}

function rtpPacket(
  payload: Buffer,
  { isLast, sequence, timestamp }: { isLast: boolean; sequence: number; timestamp: number },
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8(isLast ? 0xe0 : 0x60, 1);
  head.writeUInt16BE(sequence % 65_536, 2);
  head.writeUInt32BE(timestamp, 4);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, payload]);
}

/** A sender report and a description of the source, as cameras send them together. */
function senderReport(unixMs: number, timestamp: number): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c8_0006, 0);
  report.writeUInt32BE(ssrc, 4);
  report.writeUInt32BE(Math.floor(unixMs / 1000) + ntpEpoch, 8);
  report.writeUInt32BE(Math.floor(((unixMs % 1000) / 1000) * 2 ** 32), 12);
  report.writeUInt32BE(timestamp, 16);
  const description = Buffer.alloc(12);
  description.writeUInt32BE(0x81ca_0002, 0);
  description.writeUInt32BE(ssrc, 4);
  return Buffer.concat([report, description]);
}
