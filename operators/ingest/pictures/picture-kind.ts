/** Formats of pictures that sharp or this program decodes. */
export type PictureKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'bmp' | 'avif';

/** Bytes that {@link pictureKindOf} needs. */
export const pictureHeadBytes = 16;

/** The pictures that can be read, for messages. */
export const pictureEndings = 'jpg, png, webp, bmp, tif, gif or avif';

/** First bytes of files and streams of video that ffmpeg reads, MPEG transport streams aside. */
const containers = [
  ...['#EXTM3U', 'FLV', 'OggS', '.RMF', '\x1a\x45\xdf\xa3', '\x30\x26\xb2\x75'],
  ...['\0\0\x01', '\0\0\0\x01'],
];

/** Whether bytes begin a video or a playlist. */
export function isVideo(bytes: Buffer): boolean {
  const text = bytes.toString('latin1', 0, 16);
  if (containers.some((begin) => text.startsWith(begin))) return true;
  if (text.startsWith('RIFF')) return text.startsWith('AVI ', 8);
  if (text.startsWith('ftyp', 4) || text.startsWith('moov', 4))
    return pictureKindOf(bytes) === null;
  // Packets of 188 bytes, each of which begins with the same one.
  return bytes[0] === 0x47 && (bytes.length <= 188 || bytes[188] === 0x47);
}

/**
 * The format of a picture by its first bytes; null for anything else, such as SVG, which is a
 * program rather than a picture.
 */
export function pictureKindOf(bytes: Uint8Array): PictureKind | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString(
    'latin1',
  );
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (/^GIF8[79]a/.test(text)) return 'gif';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  if (text.startsWith('BM') && text.length > 9 && text.startsWith('\0\0\0\0', 6)) return 'bmp';
  if (/^ftyp(avif|heic|heix|mif1)/.test(text.slice(4))) return 'avif';
  return null;
}
