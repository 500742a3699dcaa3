/** What a sender says of its clock: the wall clock time of an RTP timestamp (RFC 3550, 6.4.1). */
export interface SenderReport {
  readonly ssrc: number;
  /** Unix time in ms. */
  readonly unixMs: number;
  readonly rtpTimestamp: number;
}

/** Seconds from 1900, where NTP counts from, to 1970. */
const unixEpoch = 2_208_988_800;
const era = 2 ** 32;
const senderReport = 200;
const senderReportBytes = 28;

/**
 * The sender reports of a compound RTCP packet, up to the first part that is malformed. A report
 * without a wall clock time, all zeros, is left out.
 */
export function senderReportsOf(packet: Buffer): readonly SenderReport[] {
  const reports: SenderReport[] = [];
  for (let at = 0; at + 4 <= packet.length;) {
    const end = at + 4 * (packet.readUInt16BE(at + 2) + 1);
    if (packet[at]! >> 6 !== 2 || end > packet.length) break;
    if (packet[at + 1] === senderReport && end - at >= senderReportBytes) {
      const seconds = packet.readUInt32BE(at + 8);
      const fraction = packet.readUInt32BE(at + 12);
      const ssrc = packet.readUInt32BE(at + 4);
      const rtpTimestamp = packet.readUInt32BE(at + 16);
      if (seconds !== 0) reports.push({ ssrc, unixMs: unixMsOf(seconds, fraction), rtpTimestamp });
    }
    at = end;
  }
  return reports;
}

/** NTP's seconds begin again in 2036: a small number is of the era after that (RFC 4330, 3). */
function unixMsOf(seconds: number, fraction: number): number {
  const sinceEpoch = (seconds < 2 ** 31 ? seconds + era : seconds) - unixEpoch;
  return sinceEpoch * 1000 + (fraction / era) * 1000;
}
