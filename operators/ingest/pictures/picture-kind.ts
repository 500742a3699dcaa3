/** Formats of pictures that sharp or this program decodes. */
export type PictureKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'bmp' | 'avif';

/** Bytes that {@link pictureKindOf} needs. */
export const pictureHeadBytes = 16;

/** Names of files that hold a picture that can be read. */
export const pictureName = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp)$/i;

/** The same for messages. */
export const pictureEndings = 'jpg, png, webp, bmp, tif, gif or avif';

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
