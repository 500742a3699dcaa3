/** Tags of the EXIF directory (EXIF 2.31), and of the first, which names where that is. */
const exifDirectory = 0x8769;
const dateTimeOriginal = 0x9003;
const offsetTimeOriginal = 0x9011;
const subSecTimeOriginal = 0x9291;

const asciiType = 2;
/** Entries of a directory that are read; cameras write a few dozen. */
const entriesMax = 256;

/**
 * When a JPEG says that it was taken, in Unix ms; null without a date, without its offset from UTC,
 * since the camera's time zone is not known, and without a fraction of a second, which would give
 * many pictures one time. `wholeSeconds` takes those too, for pictures that are far apart.
 */
export function exifCaptureMs(jpeg: Buffer, wholeSeconds = false): number | null {
  const tiff = exifSegment(jpeg);
  if (tiff === null) return null;
  try {
    return captureMsIn(tiff, wholeSeconds);
  } catch (error) {
    if (error instanceof RangeError) return null; // It names places outside of it.
    throw error;
  }
}

/** The TIFF structure in the EXIF segment among the first segments of a JPEG. */
function exifSegment(jpeg: Buffer): Buffer | null {
  let at = 2;
  while (at + 10 <= jpeg.length && jpeg[at] === 0xff) {
    const code = jpeg[at + 1]!;
    // Only application segments and comments come before the picture itself.
    if ((code < 0xe0 || code > 0xef) && code !== 0xfe) return null;
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (code === 0xe1 && jpeg.toString('latin1', at + 4, at + 10) === 'Exif\0\0') {
      return jpeg.subarray(at + 10, end);
    }
    at = end;
  }
  return null;
}

function captureMsIn(tiff: Buffer, wholeSeconds: boolean): number | null {
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  /** Offset of the entry of a tag in a directory; null without it. */
  const entry = (directory: number, tag: number): number | null => {
    const count = Math.min(short(directory), entriesMax);
    for (let i = 0; i < count; i++) {
      const at = directory + 2 + i * 12;
      if (short(at) === tag) return at;
    }
    return null;
  };
  const exifEntry = entry(long(4), exifDirectory);
  if (exifEntry === null) return null;
  const directory = long(exifEntry + 8);
  const textOf = (tag: number): string => {
    const at = entry(directory, tag);
    if (at === null || short(at + 2) !== asciiType) return '';
    const length = Math.min(long(at + 4), 64);
    const from = length <= 4 ? at + 8 : long(at + 8);
    return tiff
      .toString('latin1', from, from + length)
      .split('\0', 1)[0]!
      .trim();
  };
  const fraction = textOf(subSecTimeOriginal);
  if (!wholeSeconds && !/^\d{1,9}$/.test(fraction)) return null;
  return unixMs(textOf(dateTimeOriginal), fraction, textOf(offsetTimeOriginal));
}

function unixMs(dateTime: string, fraction: string, offset: string): number | null {
  const date = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(dateTime);
  if (date === null || !/^([+-]\d\d:\d\d|Z)$/.test(offset)) return null;
  const [, year, month, day, time] = date;
  const wholeMs = Date.parse(`${year}-${month}-${day}T${time}${offset}`);
  const fractionMs = /^\d{1,9}$/.test(fraction) ? Number(`0.${fraction}`) * 1000 : 0;
  return Number.isNaN(wholeMs) ? null : wholeMs + fractionMs;
}
