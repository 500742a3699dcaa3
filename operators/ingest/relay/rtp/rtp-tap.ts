import { SenderClock, type SenderClockOptions } from './sender-clock.ts';
import { videoTrackOf } from './video-track.ts';

/** The interleaved channels of a track. */
interface Channels {
  readonly rtp: number;
  readonly rtcp: number;
}

export type RtpTapOptions = Pick<SenderClockOptions, 'wallMs' | 'onProblem'>;

const dollar = 0x24;

/**
 * Listens to an RTSP session for the clock of its video: to the camera's answers, and to the
 * packets interleaved with them. Knows no time where the session sets up more than one track.
 */
export class RtpTap {
  readonly #options: RtpTapOptions;
  #clock: SenderClock | null = null;
  #channels: Channels | null = null;
  #tracks = 0;

  constructor(options: RtpTapOptions) {
    this.#options = options;
  }

  /** Takes a successful answer to a request. */
  answered(method: string, head: string, body: Buffer): void {
    if (method === 'DESCRIBE') {
      const track = videoTrackOf(body.toString('latin1'));
      this.#clock = track === null ? null : new SenderClock({ ...this.#options, track });
      this.#channels = null;
      this.#tracks = 0;
    } else if (method === 'SETUP') {
      this.#tracks++;
      this.#channels = this.#tracks === 1 ? channelsOf(head) : null;
    }
  }

  /**
   * Takes bytes of the stream as {@link RtspSplitter} passes them on: complete packets, and
   * whatever else is between them. Changes timestamps of the video in place.
   */
  bytes(bytes: Buffer): void {
    const clock = this.#clock;
    const channels = this.#channels;
    if (clock === null || channels === null) return;
    for (let at = 0; at + 4 <= bytes.length;) {
      const end = at + 4 + bytes.readUInt16BE(at + 2);
      if (bytes[at] !== dollar || end > bytes.length) {
        at++;
        continue;
      }
      const packet = bytes.subarray(at + 4, end);
      if (bytes[at + 1] === channels.rtp) clock.packet(packet);
      else if (bytes[at + 1] === channels.rtcp) clock.control(packet);
      at = end;
    }
  }

  /** See `CameraInput.captureMsOf`. */
  captureMsOf(mediaMs: number): number | null {
    return this.#clock?.captureMsOf(mediaMs) ?? null;
  }
}

function channelsOf(head: string): Channels | null {
  const [, rtp, rtcp] = /^transport:.*?interleaved=(\d{1,3})(?:-(\d{1,3}))?/im.exec(head) ?? [];
  if (rtp === undefined) return null;
  return { rtp: Number(rtp), rtcp: rtcp === undefined ? Number(rtp) + 1 : Number(rtcp) };
}
