import type { PictureKind } from '../pictures/picture-kind.ts';

/** Finds where a picture ends, as its bytes come in. */
export interface PictureWalk {
  /**
   * Continues over `bytes`, which hold the picture from its first byte on and more of it than
   * before: the length of the picture, `more` while its end is not there, or `broken`.
   */
  advance(bytes: Buffer): number | 'more' | 'broken';
  /** Everything before this offset is surely the picture's; a new one may begin after it. */
  readonly surelyUpTo: number;
}

/** Formats whose bytes tell where they end. */
export function walkOf(kind: PictureKind): PictureWalk | null {
  switch (kind) {
    case 'jpeg':
      return new JpegWalk();
    case 'png':
      return new PngWalk();
    case 'webp':
      return new WebpWalk();
    case 'gif':
    case 'tiff':
    case 'bmp':
    case 'avif':
      return null;
  }
}

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/**
 * Walks the segments of a JPEG, because a search for the end marker would find that of the preview
 * in its EXIF segment.
 */
class JpegWalk implements PictureWalk {
  surelyUpTo = 2;
  #at = 2;
  #inScan = false;

  advance(bytes: Buffer): number | 'more' | 'broken' {
    for (;;) {
      const marker = this.#inScan ? bytes.indexOf(0xff, this.#at) : this.#at;
      if (marker < 0) {
        this.#at = bytes.length;
        return 'more';
      }
      this.#at = marker;
      if (marker + 1 >= bytes.length) return 'more';
      const code = bytes[marker + 1]!;
      if (bytes[marker] !== 0xff || code === startOfImage) return 'broken';
      if (code === endOfImage) return marker + 2;
      if (code === 0xff) this.#at = marker + 1;
      else if (isRestart(code) || code === 0x01) this.#at = marker + 2;
      else if (code === 0) {
        if (!this.#inScan) return 'broken';
        this.#at = marker + 2;
      } else {
        const next = segmentEnd(bytes, marker);
        if (typeof next === 'string') return next;
        this.#inScan = code === startOfScan;
        this.#at = next;
        this.surelyUpTo = next;
      }
    }
  }
}

/** Where the segment of a marker ends; it may not have come yet. */
function segmentEnd(bytes: Buffer, marker: number): number | 'more' | 'broken' {
  if (marker + 4 > bytes.length) return 'more';
  const length = bytes.readUInt16BE(marker + 2);
  if (length < 2) return 'broken';
  const end = marker + 2 + length;
  // Only what has come whole counts as the picture's.
  return end > bytes.length ? 'more' : end;
}

/** Walks the chunks of a PNG up to IEND. */
class PngWalk implements PictureWalk {
  surelyUpTo = 8;

  advance(bytes: Buffer): number | 'more' | 'broken' {
    for (;;) {
      const at = this.surelyUpTo;
      if (at + 12 > bytes.length) return 'more';
      const end = at + 12 + bytes.readUInt32BE(at);
      const type = bytes.toString('latin1', at + 4, at + 8);
      if (!/^[A-Za-z]{4}$/.test(type)) return 'broken';
      if (end > bytes.length) return 'more';
      if (type === 'IEND') return end;
      this.surelyUpTo = end;
    }
  }
}

/** Reads the size at the start of a WebP. */
class WebpWalk implements PictureWalk {
  surelyUpTo = 12;

  advance(bytes: Buffer): number | 'more' | 'broken' {
    if (bytes.length < 12) return 'more';
    const size = bytes.readUInt32LE(4);
    const end = 8 + size + (size % 2);
    if (size < 12) return 'broken';
    return bytes.length < end ? 'more' : end;
  }
}
