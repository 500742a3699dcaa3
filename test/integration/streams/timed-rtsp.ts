import type { Socket } from 'node:net';
import { serveSession } from '../rtsp-server.ts';

const payloadMax = 1300;

export interface TimedRtspOptions {
  /** An H.264 stream as an Annex B file with one slice a picture; it is sent in a loop. */
  readonly stream: Buffer;
  /** Time between two pictures, in ms. */
  readonly intervalMs: number;
  /** The rate that the description and the timestamps claim. */
  readonly claimedFps: number;
}

export interface TimedRtsp {
  readonly url: string;
  /** Pictures that were sent over the latest connection. */
  readonly sent: () => number;
  readonly close: () => void;
}

/** A camera that sends H.264 over RTP over RTSP (RFC 6184), picture by picture at its own pace. */
export async function serveTimedRtsp(options: TimedRtspOptions): Promise<TimedRtsp> {
  const units = nalUnits(options.stream);
  const sps = units.find((unit) => typeOf(unit) === 7)!;
  const pps = units.find((unit) => typeOf(unit) === 8)!;
  const pictures = units.filter((unit) => [1, 5].includes(typeOf(unit)));
  const sprop = `${sps.toString('base64')},${pps.toString('base64')}`;
  const media = [
    'm=video 0 RTP/AVP 96',
    'a=rtpmap:96 H264/90000',
    `a=framerate:${options.claimedFps}`,
    `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${sprop}`,
    '',
  ].join('\r\n');
  const sockets = new Set<Socket>();
  let sent = 0;
  const server = await serveSession(media, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    play(socket, pictures, options, (count) => (sent = count));
  });
  return {
    url: server.url,
    sent: () => sent,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function play(
  socket: Socket,
  pictures: readonly Buffer[],
  { intervalMs, claimedFps }: TimedRtspOptions,
  onSent: (count: number) => void,
): void {
  let sequence = 0;
  let count = 0;
  const startMs = performance.now();
  const send = (): void => {
    // Timers are late on a busy machine; the rate holds.
    while (count <= (performance.now() - startMs) / intervalMs) {
      const time = Math.round((count * 90_000) / claimedFps);
      for (const { payload, isLast } of payloads(pictures[count % pictures.length]!)) {
        socket.write(packet(payload, sequence++, time, isLast));
      }
      onSent(++count);
    }
  };
  const timer = setInterval(send, Math.min(intervalMs, 50));
  send();
  socket.on('close', () => clearInterval(timer));
}

/** The units of an Annex B stream, without their start codes. */
function nalUnits(stream: Buffer): Buffer[] {
  const units: Buffer[] = [];
  const code = Buffer.from([0, 0, 1]);
  for (let at = stream.indexOf(code); at >= 0;) {
    const next = stream.indexOf(code, at + 3);
    const end = next < 0 ? stream.length : stream[next - 1] === 0 ? next - 1 : next;
    units.push(stream.subarray(at + 3, end));
    at = next;
  }
  return units;
}

function typeOf(unit: Buffer): number {
  return unit[0]! & 31;
}

/** A unit as it is, or cut into FU-A fragments. */
function payloads(unit: Buffer): { payload: Buffer; isLast: boolean }[] {
  if (unit.length <= payloadMax) return [{ payload: unit, isLast: true }];
  const parts: { payload: Buffer; isLast: boolean }[] = [];
  for (let at = 1; at < unit.length; at += payloadMax) {
    const isLast = at + payloadMax >= unit.length;
    const flags = (at === 1 ? 0x80 : 0) | (isLast ? 0x40 : 0);
    const head = Buffer.from([(unit[0]! & 0xe0) | 28, flags | typeOf(unit)]);
    parts.push({ payload: Buffer.concat([head, unit.subarray(at, at + payloadMax)]), isLast });
  }
  return parts;
}

function packet(payload: Buffer, sequence: number, time: number, isLast: boolean): Buffer {
  const head = Buffer.alloc(16);
  head.write('$');
  head.writeUInt16BE(12 + payload.length, 2);
  head.writeUInt8(0x80, 4);
  head.writeUInt8((isLast ? 0x80 : 0) | 96, 5);
  head.writeUInt16BE(sequence % 65_536, 6);
  head.writeUInt32BE(time % 2 ** 32, 8);
  head.writeUInt32BE(1, 12);
  return Buffer.concat([head, payload]);
}
