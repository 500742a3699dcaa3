import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** An RTP packet carries seven transport stream packets of 188 bytes. */
const payloadBytes = 7 * 188;

export interface RtspServer {
  readonly url: string;
  /** Number of PLAY requests so far. */
  readonly plays: () => number;
  readonly close: () => void;
}

/**
 * A minimal RTSP camera: plays an MPEG transport stream over TCP (RFC 2326 section 10.12, RFC
 * 2250), `packetsPerTick` packets every 20 ms, and closes the connection at its end.
 */
export function serveRtsp(stream: Buffer, packetsPerTick: number): Promise<RtspServer> {
  return serveSession('m=video 0 RTP/AVP 33\r\n', (socket) => play(socket, stream, packetsPerTick));
}

/**
 * An RTSP server of one track on the channels 0 and 1. `media` describes the track, in SDP; `play`
 * is called for each PLAY.
 */
export async function serveSession(
  media: string,
  play: (socket: Socket) => void,
): Promise<RtspServer> {
  let plays = 0;
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        if (answer(socket, request, media) !== 'PLAY') continue;
        plays++;
        play(socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `rtsp://127.0.0.1:${String(port)}/camera`,
    plays: () => plays,
    close: () => server.close(),
  };
}

/** Answers a request and returns its method. */
function answer(socket: Socket, request: string, media: string): string {
  const method = /^[A-Z_]+/.exec(request)?.[0] ?? '';
  const sequence = /CSeq: *(\d+)/i.exec(request)?.[1] ?? '0';
  const description = `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n${media}a=control:track\r\n`;
  const headers: Record<string, string[]> = {
    OPTIONS: ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN'],
    DESCRIBE: ['Content-Type: application/sdp', `Content-Length: ${String(description.length)}`],
    SETUP: ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 1'],
    PLAY: ['Session: 1'],
  };
  const head = ['RTSP/1.0 200 OK', `CSeq: ${sequence}`, ...(headers[method] ?? [])].join('\r\n');
  socket.write(`${head}\r\n\r\n${method === 'DESCRIBE' ? description : ''}`);
  return method;
}

function play(socket: Socket, stream: Buffer, packetsPerTick: number): void {
  let sequence = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < packetsPerTick; i++) {
      const payload = stream.subarray(sequence * payloadBytes, (sequence + 1) * payloadBytes);
      if (payload.length === 0) {
        clearInterval(timer);
        socket.end();
        return;
      }
      socket.write(rtpPacket(payload, sequence++));
    }
  }, 20);
  socket.on('close', () => clearInterval(timer));
}

/** An interleaved packet: `$`, channel 0, length, RTP version 2, payload type 33, 90 kHz clock. */
function rtpPacket(payload: Buffer, sequence: number): Buffer {
  const head = Buffer.alloc(16);
  head.write('$');
  head.writeUInt16BE(12 + payload.length, 2);
  head.writeUInt8(0x80, 4);
  head.writeUInt8(33, 5);
  head.writeUInt16BE(sequence % 65_536, 6);
  head.writeUInt32BE(sequence * 900, 8);
  head.writeUInt32BE(1, 12);
  return Buffer.concat([head, payload]);
}
