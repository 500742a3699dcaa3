import { senderReportsOf, type SenderReport } from './sender-report.ts';
import { SentPictures, type SentPicture } from './sent-pictures.ts';
import type { VideoTrack } from './video-track.ts';

export interface SenderClockOptions {
  readonly track: VideoTrack;
  /** Unix time of this machine in ms. */
  readonly wallMs: () => number;
  /** Called once if the sender's clock cannot be believed; one line. */
  readonly onProblem: (problem: string) => void;
}

/** How far a time of capture may be from that of arrival, in ms. */
export const captureBounds = { earlierMs: 10_000, laterMs: 2000 } as const;

/** Reports that differ by more in what they say of the same time contradict each other. */
const contradictionMs = 100;
/** Timestamps that go back by more, or run ahead of arrival by more, are of a clock set anew. */
const jumpMs = { back: 1000, ahead: 5000 } as const;
const headerBytes = 12;

/**
 * When the pictures of one RTP stream were taken, by the sender reports in it.
 *
 * Tells no time rather than a doubtful one: none before the first report, none while the newest
 * report contradicts the one before it, and none that the time of arrival contradicts.
 */
export class SenderClock {
  readonly #options: SenderClockOptions;
  readonly #pictures = new SentPictures();
  #ssrc: number | null = null;
  #newest: SentPicture | null = null;
  #report: SenderReport | null = null;
  /** A report that contradicts the one before it; the next one decides. */
  #doubted: SenderReport | null = null;
  #complained = false;

  constructor(options: SenderClockOptions) {
    this.#options = options;
  }

  /** Reads an RTP packet, and changes its timestamp as {@link SentPictures} does. */
  packet(packet: Buffer): void {
    if (packet.length < headerBytes || packet[0]! >> 6 !== 2) return;
    if ((packet[1]! & 0x7f) !== this.#options.track.payloadType) return;
    const rtpTimestamp = packet.readUInt32BE(4);
    const picture = { rtpTimestamp, arrivedMs: this.#options.wallMs() };
    const ssrc = packet.readUInt32BE(8);
    if ((this.#ssrc !== null && ssrc !== this.#ssrc) || this.#hasJumped(picture)) {
      this.#report = null;
      this.#doubted = null;
    }
    if (this.#report !== null && this.#report.ssrc !== ssrc) this.#report = null;
    this.#ssrc = ssrc;
    if (this.#newest?.rtpTimestamp !== rtpTimestamp) this.#newest = picture;
    packet.writeUInt32BE(this.#pictures.send(rtpTimestamp, picture.arrivedMs), 4);
  }

  /** Reads an RTCP packet. */
  control(packet: Buffer): void {
    for (const report of senderReportsOf(packet)) {
      if (this.#ssrc === null || report.ssrc === this.#ssrc) this.#take(report);
    }
  }

  /** When the picture of a presentation time was taken, in Unix ms; null where that is unknown. */
  captureMsOf(mediaMs: number): number | null {
    const { clockRate } = this.#options.track;
    const picture = this.#pictures.find(Math.round((mediaMs * clockRate) / 1000));
    if (picture === null || this.#report === null) return null;
    const captureMs = this.#timeBy(this.#report, picture.rtpTimestamp);
    return isPlausible(captureMs, picture.arrivedMs) ? captureMs : null;
  }

  #take(report: SenderReport): void {
    const wallMs = this.#options.wallMs();
    if (!isPlausible(report.unixMs, wallMs)) {
      this.#report = null;
      this.#doubted = null;
      this.#complain(report.unixMs - wallMs);
      return;
    }
    const before = this.#doubted ?? this.#report;
    const agrees = before === null || this.#agree(before, report);
    this.#report = agrees ? report : null;
    this.#doubted = agrees ? null : report;
  }

  #agree(before: SenderReport, report: SenderReport): boolean {
    const expectedMs = this.#timeBy(before, report.rtpTimestamp);
    return Math.abs(report.unixMs - expectedMs) <= contradictionMs;
  }

  #timeBy({ unixMs, rtpTimestamp: reported }: SenderReport, rtpTimestamp: number): number {
    return unixMs + this.#msBetween(reported, rtpTimestamp);
  }

  /** Timestamps have 32 bits, and the shorter way round is the one. */
  #msBetween(from: number, to: number): number {
    return (((to - from) | 0) * 1000) / this.#options.track.clockRate;
  }

  #hasJumped({ rtpTimestamp, arrivedMs }: SentPicture): boolean {
    if (this.#newest === null) return false;
    const aheadMs = this.#msBetween(this.#newest.rtpTimestamp, rtpTimestamp);
    return aheadMs < -jumpMs.back || aheadMs > arrivedMs - this.#newest.arrivedMs + jumpMs.ahead;
  }

  #complain(offMs: number): void {
    if (this.#complained) return;
    this.#complained = true;
    const seconds = Math.round(Math.abs(offMs) / 1000);
    const direction = offMs > 0 ? 'ahead of' : 'behind';
    this.#options.onProblem(
      `its clock is ${seconds} s ${direction} this machine's: frames have the time of their arrival until both are set alike, for example by NTP`,
    );
  }
}

function isPlausible(captureMs: number, arrivedMs: number): boolean {
  const earlierMs = arrivedMs - captureMs;
  return earlierMs <= captureBounds.earlierMs && earlierMs >= -captureBounds.laterMs;
}
