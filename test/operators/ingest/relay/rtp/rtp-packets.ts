/** Builders of the packets that a camera interleaves with an RTSP session. */

const ntpEpoch = 2_208_988_800;

export function interleaved(channel: number, packet: Buffer): Buffer {
  const head = Buffer.of(0x24, channel, packet.length >> 8, packet.length & 255);
  return Buffer.concat([head, packet]);
}

export interface RtpHead {
  readonly timestamp: number;
  readonly ssrc?: number;
  readonly sequence?: number;
  readonly payloadType?: number;
  /** Whether it is the last packet of a picture. */
  readonly isLast?: boolean;
}

export function rtpPacket(head: RtpHead, payload: Buffer = Buffer.of(1, 2, 3)): Buffer {
  const { timestamp, ssrc = 7, sequence = 0, payloadType = 96, isLast = true } = head;
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(0x80, 0);
  bytes.writeUInt8((isLast ? 0x80 : 0) | payloadType, 1);
  bytes.writeUInt16BE(sequence % 65_536, 2);
  bytes.writeUInt32BE(timestamp % 2 ** 32, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return Buffer.concat([bytes, payload]);
}

/** A sender report and a description of the source, as cameras send them together. */
export function senderReport(unixMs: number | null, timestamp: number, ssrc = 7): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c8_0006, 0);
  report.writeUInt32BE(ssrc, 4);
  if (unixMs !== null) {
    report.writeUInt32BE((Math.floor(unixMs / 1000) + ntpEpoch) % 2 ** 32, 8);
    report.writeUInt32BE(Math.floor((((unixMs % 1000) + 1000) % 1000) * 4_294_967.296), 12);
  }
  report.writeUInt32BE(timestamp % 2 ** 32, 16);
  const description = Buffer.alloc(12);
  description.writeUInt32BE(0x81ca_0002, 0);
  description.writeUInt32BE(ssrc, 4);
  return Buffer.concat([report, description]);
}
