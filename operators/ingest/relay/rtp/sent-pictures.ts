/** A picture that went to ffmpeg. */
export interface SentPicture {
  readonly rtpTimestamp: number;
  /** When its first packet came, in Unix ms. */
  readonly arrivedMs: number;
}

/** Pictures kept, and so how many may be on their way through ffmpeg. */
export const sentPicturesMax = 16_384;

/** Pictures that have to agree before their places are believed. */
const agreeing = 8;
/** Pictures in a row without a place after which their places are sought anew. */
const missesMax = 3;
const markBits = 5;

/**
 * Recognises the pictures that ffmpeg gives among those that it was sent.
 *
 * ffmpeg's presentation times are RTP timestamps less that of the first packet that it used, and
 * which one that was it does not tell: it skips packets at the start, depending on its version and
 * on the encoding, and begins at a key frame. So each timestamp is moved by a part of a millisecond
 * that depends on it alone; the differences then fit in one place only, whatever the offset. The
 * offset is taken from {@link agreeing} pictures, and each picture is checked against it.
 */
export class SentPictures {
  /** By the timestamp as it was sent, in the order of arrival. */
  readonly #sent = new Map<number, SentPicture>();
  /** Presentation times of the newest pictures while the offset is unknown. */
  #unplaced: number[] = [];
  /** What is added to a presentation time to get its timestamp as sent. */
  #offset: number | null = null;
  #misses = 0;

  /** Takes the timestamp of a packet and returns the one to send in its place. */
  send(rtpTimestamp: number, arrivedMs: number): number {
    const sent = (rtpTimestamp + markOf(rtpTimestamp)) >>> 0;
    if (this.#sent.has(sent)) return sent;
    this.#sent.set(sent, { rtpTimestamp, arrivedMs });
    if (this.#sent.size > sentPicturesMax) this.#sent.delete(this.#sent.keys().next().value!);
    return sent;
  }

  /** The picture of a presentation time, in ticks of the RTP clock; null where it is unknown. */
  find(ticks: number): SentPicture | null {
    const time = wrapped(ticks);
    if (this.#offset === null) return this.#place(time);
    const picture = this.#sent.get((time + this.#offset) >>> 0);
    this.#misses = picture === undefined ? this.#misses + 1 : 0;
    if (this.#misses < missesMax) return picture ?? null;
    this.#misses = 0;
    this.#offset = null;
    this.#unplaced = [];
    return null;
  }

  /** Seeks the offset at which all of the newest pictures were sent. */
  #place(time: number): SentPicture | null {
    this.#unplaced.push(time);
    if (this.#unplaced.length > agreeing) this.#unplaced.shift();
    if (this.#unplaced.length < agreeing) return null;
    let found: SentPicture | null = null;
    for (const [sent, picture] of this.#sent) {
      const offset = (sent - time) >>> 0;
      if (!this.#unplaced.every((each) => this.#sent.has((each + offset) >>> 0))) continue;
      if (found !== null) {
        this.#offset = null;
        return null;
      }
      found = picture;
      this.#offset = offset;
    }
    return found;
  }
}

function wrapped(ticks: number): number {
  return (ticks % 2 ** 32) >>> 0;
}

/** 0 to 31 ticks, a third of a millisecond at 90 kHz: MurmurHash3's finalizer of the timestamp. */
function markOf(timestamp: number): number {
  let hash = timestamp;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> (32 - markBits);
}
