import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';
import { RtpTap } from '../../../../../operators/ingest/relay/rtp/rtp-tap.ts';
import { senderReportsOf } from '../../../../../operators/ingest/relay/rtp/sender-report.ts';
import { videoTrackOf } from '../../../../../operators/ingest/relay/rtp/video-track.ts';
import { RtspSplitter } from '../../../../../operators/ingest/relay/rtsp-splitter.ts';
import { interleaved, rtpPacket, senderReport } from './rtp-packets.ts';

const sdp = (...media: string[]): string => ['v=0', 's=camera', ...media, ''].join('\r\n');
const h264 = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000'];

describe('the video of a session description', () => {
  it.each([
    [h264, { payloadType: 96, clockRate: 90_000 }],
    [['m=audio 0 RTP/AVP 0', ...h264], { payloadType: 96, clockRate: 90_000 }],
    [['m=video 0 RTP/AVP 26'], { payloadType: 26, clockRate: 90_000 }],
    [['m=video 0 RTP/AVP 98 99', 'a=rtpmap:98 X/50000'], { payloadType: 98, clockRate: 50_000 }],
    [['m=video 0 RTP/AVP 33'], null],
    [['m=video 0 RTP/AVP 96', 'a=rtpmap:96 MP2T/90000'], null],
    [['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/8000'], null],
    [['m=video 0 RTP/AVP 300'], null],
    [['m=video'], null],
    [['m=audio 0 RTP/AVP 0'], null],
    [[...h264, ...h264], null],
    [[], null],
  ])('of %j is %j', (media, expected) => {
    expect(videoTrackOf(sdp(...media))).toEqual(expected);
  });
});

describe('sender reports', () => {
  it('are found wherever they are in a compound packet', () => {
    const two = Buffer.concat([senderReport(1.8e12, 5), senderReport(1.8e12 + 250, 22_505, 9)]);
    expect(senderReportsOf(two)).toEqual([
      { ssrc: 7, unixMs: 1.8e12, rtpTimestamp: 5 },
      { ssrc: 9, unixMs: 1.8e12 + 250, rtpTimestamp: 22_505 },
    ]);
  });

  it('that are cut, or of random bytes, are read without an error', () => {
    const report = senderReport(1.8e12, 5);
    for (let length = 0; length < 28; length++) {
      expect(senderReportsOf(report.subarray(0, length))).toEqual([]);
    }
    const random = seededRandom(3);
    for (let i = 0; i < 2000; i++) {
      const bytes = Buffer.from(Array.from({ length: 80 * random() }, () => 256 * random()));
      for (const { unixMs } of senderReportsOf(bytes)) expect(unixMs).toBeGreaterThan(0);
    }
  });
});

const intervalMs = 40;
const origin = 2 ** 32 - 40_000;

/** What a camera sends after its answer to PLAY: pictures of two packets, reports, other tracks. */
function stream(pictures: number): Buffer {
  return Buffer.concat(
    Array.from({ length: pictures }, (_, n) => {
      const timestamp = origin + n * intervalMs * 90;
      const payload = Buffer.from('RTSP/1.0 200 OK\r\n\r\n$');
      return Buffer.concat([
        interleaved(2, rtpPacket({ timestamp, isLast: false }, payload)),
        interleaved(2, rtpPacket({ timestamp })),
        ...(n % 5 === 0 ? [interleaved(3, senderReport(1.8e12 + n * intervalMs, timestamp))] : []),
        interleaved(0, rtpPacket({ timestamp: n, payloadType: 96 })),
        interleaved(7, Buffer.alloc(n % 30, 0x24)),
        ...(n % 7 === 0 ? [Buffer.from('RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n')] : []),
      ]);
    }),
  );
}

/** A relay's way from the camera: what passes on, and the tap that listened. */
function listen(chunks: readonly Buffer[]) {
  const tap = new RtpTap({ wallMs: () => 1.8e12 + 900, onProblem: () => undefined });
  const transport = 'RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3';
  tap.answered('DESCRIBE', 'RTSP/1.0 200 OK', Buffer.from(sdp(...h264)));
  tap.answered('SETUP', transport, Buffer.alloc(0));
  const passed: Buffer[] = [];
  const splitter = new RtspSplitter({
    onMessage: ({ head }) => passed.push(Buffer.from(`${head}\r\n\r\n`)),
    onBytes: (bytes) => {
      tap.bytes(bytes);
      passed.push(Buffer.from(bytes));
    },
  });
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  return { tap, passed: Buffer.concat(passed) };
}

function cut(bytes: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(200 * random() ** 3);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

/** Presentation times in ms as ffmpeg derives them, of the channel of the video. */
function timesIn(passed: Buffer): number[] {
  const times: number[] = [];
  for (let at = 0; at < passed.length;) {
    if (passed[at] !== 0x24) {
      at = passed.indexOf('\r\n\r\n', at) + 4;
      continue;
    }
    if (passed[at + 1] === 2) times.push(passed.readUInt32BE(at + 8));
    at += 4 + passed.readUInt16BE(at + 2);
  }
  return times.filter((_, i) => i % 2 === 0).map((time, _, [first]) => ((time - first!) | 0) / 90);
}

describe('an RTP tap', () => {
  it('passes the same on and learns the same however the bytes are cut', () => {
    const bytes = stream(25);
    const whole = listen([bytes]);
    expect(whole.passed).toHaveLength(bytes.length);
    const times = timesIn(whole.passed);
    expect(times).toHaveLength(25);
    const reported = times.map((time) => whole.tap.captureMsOf(time));
    expect(reported.slice(0, 7)).toEqual(Array(7).fill(null));
    const truth = Array.from({ length: 18 }, (_, i) => 1.8e12 + (7 + i) * intervalMs);
    expect(reported.slice(7).map((ms) => Math.round(ms!))).toEqual(truth);
    const random = seededRandom(11);
    for (let round = 0; round < 100; round++) {
      const { tap, passed } = listen(cut(bytes, random));
      expect(passed.equals(whole.passed)).toBe(true);
      expect(times.map((time) => tap.captureMsOf(time))).toEqual(reported);
    }
  });

  it('knows nothing of a session with two tracks, or without channels, and changes nothing', () => {
    const bytes = stream(10);
    const transport = 'RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;unicast';
    for (const heads of [[`${transport};interleaved=2-3`, transport], [transport]]) {
      const tap = new RtpTap({ wallMs: () => 1.8e12, onProblem: () => undefined });
      tap.answered('DESCRIBE', '', Buffer.from(sdp(...h264)));
      for (const head of heads) tap.answered('SETUP', head, Buffer.alloc(0));
      const passed = Buffer.from(bytes);
      tap.bytes(passed);
      expect(passed.equals(bytes)).toBe(true);
      expect(tap.captureMsOf(0)).toBeNull();
    }
  });

  it('stands random bytes', () => {
    const random = seededRandom(5);
    for (let i = 0; i < 300; i++) {
      const noise = Buffer.from(Array.from({ length: 300 * random() }, () => 256 * random()));
      const mixed = Buffer.concat([noise, stream(3), noise]);
      expect(() =>
        listen(cut(mixed.map((byte) => (random() < 0.05 ? 36 : byte)) as Buffer, random)),
      ).not.toThrow(TypeError);
    }
  });
});
