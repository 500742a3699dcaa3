import { pictureHeadBytes, pictureKindOf } from '../pictures/picture-kind.ts';
import { ByteQueue } from './byte-queue.ts';
import {
  afterLineBreaks,
  afterPadding,
  firstLine,
  isDelimiter,
  isText,
  mayBeText,
  nextPart,
  searchTail,
} from './delimiters.ts';
import { DeclaredLengths, PartBody, partBytesMax } from './part-body.ts';
import { emptyHead, headerLine, withHeader, type PartHead } from './part-head.ts';

/** A picture of a stream as it was sent, or `lost`: one that did not come whole. */
export type SplitPicture = { readonly bytes: Buffer; readonly captureMs: number | null } | 'lost';

export interface PictureSplitterOptions {
  /** Whether the stream was declared to be multipart. */
  readonly isMultipart: boolean;
  /** The declared boundary, without leading dashes; empty where none was. */
  readonly boundary: string;
}

/** Longest head of a part, in bytes. */
export const partHeadBytesMax = 16_384;
/** Bytes that are skipped without counting as a lost picture: padding and remarks. */
const strayBytesMax = 512;

/**
 * Splits a stream into its pictures: `multipart/x-mixed-replace` in any dialect, or pictures one
 * after the other.
 *
 * A picture ends where its own structure does, and where its head declares a length, both must
 * agree; so neither boundaries that are missing, undeclared or part of a picture nor wrong lengths
 * matter. After damage, pictures are taken from the next part on. Where no lengths are declared,
 * two pictures whose compressed data was cut and joined pass for one. Keeps at most one picture.
 */
export class PictureSplitter {
  readonly #queue = new ByteQueue();
  readonly #lengths = new DeclaredLengths();
  readonly #boundary: string;
  /** Whether heads or delimiters stand between the pictures. */
  #isParted: boolean;
  #head: PartHead = emptyHead;
  #headBytes = 0;
  #body: PartBody | null = null;
  /** Bytes skipped in the search for the next part; null when not searching. */
  #skipped: number | null = null;
  /** Whether a lost picture was counted for what is being skipped. */
  #isCounted = false;
  /** Whether a picture counts only if another follows: it may be the preview in a damaged one. */
  #isSuspect = false;
  #isEnded = false;
  #found: SplitPicture[] = [];

  constructor({ isMultipart, boundary }: PictureSplitterOptions) {
    this.#isParted = isMultipart;
    this.#boundary = boundary;
  }

  /** The pictures that these bytes complete. */
  push(chunk: Uint8Array): readonly SplitPicture[] {
    this.#queue.push(chunk);
    return this.#take();
  }

  /** The pictures that the end of the stream completes. */
  end(): readonly SplitPicture[] {
    this.#isEnded = true;
    return this.#take();
  }

  #take(): readonly SplitPicture[] {
    while (this.#step());
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Whether it got on; otherwise it needs more bytes. */
  #step(): boolean {
    if (this.#queue.length === 0) return false;
    if (this.#skipped !== null) return this.#skip();
    return this.#body === null ? this.#readHead() : this.#readBody(this.#body);
  }

  #readHead(): boolean {
    const { bytes } = this.#queue;
    const padding = this.#isParted ? afterLineBreaks(bytes) : afterPadding(bytes);
    if (padding > 0) {
      this.#queue.drop(padding);
      return true;
    }
    const kind = pictureKindOf(bytes);
    if (kind !== null) {
      this.#body = new PartBody(kind, this.#head, this.#lengths, this.#boundary);
      return true;
    }
    if (mayBecomePicture(bytes) && !this.#isEnded) return false;
    const line = firstLine(bytes);
    if (line === null && mayBeText(bytes)) return false;
    if (line === null || !isText(line.text)) {
      this.#beginSkipping(1, this.#saysPicture());
      return true;
    }
    this.#readLine(line.text, line.bytes);
    return true;
  }

  #readLine(text: string, bytes: number): void {
    this.#queue.drop(bytes);
    this.#headBytes += bytes;
    if (isDelimiter(text, this.#boundary)) {
      // A part that was announced as a picture and has none.
      if (this.#saysPicture()) this.#found.push('lost');
      this.#resetHead();
      this.#isParted = true;
    } else if (this.#headBytes > partHeadBytesMax) {
      this.#beginSkipping(0, this.#saysPicture());
    } else if (headerLine.test(text)) {
      this.#head = withHeader(this.#head, text);
      this.#isParted = true;
    }
  }

  #saysPicture(): boolean {
    return this.#head.contentType?.startsWith('image/') ?? false;
  }

  #readBody(body: PartBody): boolean {
    const { bytes } = this.#queue;
    const end = body.end(bytes, this.#isEnded);
    if (end.type === 'more') return false;
    if (end.type === 'damaged') {
      this.#beginSkipping(Math.max(1, Math.min(end.bytes, bytes.length)), !this.#isSuspect);
      if (end.ends && this.#isParted) this.#skipped = null;
      return true;
    }
    if (this.#isSuspect) {
      const next = afterPadding(bytes, end.bytes);
      const isFull = bytes.length > partBytesMax;
      if (bytes.length < next + 3 && !isFull && !this.#isEnded) return false;
      if (pictureKindOf(bytes.subarray(next)) === null) {
        this.#beginSkipping(end.bytes, false);
        return true;
      }
      this.#isSuspect = false;
    }
    const { captureMs } = this.#head;
    this.#found.push({ bytes: Buffer.from(bytes.subarray(0, end.bytes)), captureMs });
    this.#queue.drop(end.bytes);
    this.#resetHead();
    this.#body = null;
    return true;
  }

  /** Searches for the next part behind the first `bytes`. */
  #beginSkipping(bytes: number, isLost: boolean): void {
    this.#queue.drop(bytes);
    this.#body = null;
    this.#resetHead();
    this.#skipped = bytes;
    this.#isCounted = isLost || this.#isSuspect;
    if (isLost) this.#found.push('lost');
  }

  #skip(): boolean {
    const { bytes } = this.#queue;
    const at = this.#isParted ? nextPart(bytes, this.#boundary) : nextPicture(bytes);
    if (at >= 0) {
      this.#drop(at);
      this.#skipped = null;
      this.#isSuspect = !this.#isParted;
      return true;
    }
    const kept = this.#isEnded ? 0 : this.#isParted ? searchTail(this.#boundary) : 12;
    this.#drop(Math.max(0, bytes.length - kept));
    return false;
  }

  #drop(bytes: number): void {
    this.#queue.drop(bytes);
    this.#skipped = (this.#skipped ?? 0) + bytes;
    if (this.#isCounted || this.#skipped <= strayBytesMax) return;
    this.#isCounted = true;
    this.#found.push('lost');
  }

  #resetHead(): void {
    this.#head = emptyHead;
    this.#headBytes = 0;
  }
}

/** Whether the first bytes of a picture may have come in part. */
function mayBecomePicture(bytes: Buffer): boolean {
  if (bytes.length >= pictureHeadBytes) return false;
  return !isText(bytes.toString('latin1')) || bytes.toString('latin1', 0, 4) === 'RIFF';
}

/** Offset of the next bytes that begin a picture which tells its own length; -1 without any. */
function nextPicture(bytes: Buffer): number {
  const begins = ['\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'RIFF'];
  const found = begins.map((begin) => bytes.indexOf(begin, 0, 'latin1')).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}
