import { headerLine } from './part-head.ts';

/** Longest line of a head; longer ones are not text. */
export const lineBytesMax = 8192;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const isLineBreak = (byte: number | undefined): boolean =>
  byte === carriageReturn || byte === lineFeed;

/** Where the line breaks at the start of `bytes`, from `from` on, end. */
export function afterLineBreaks(bytes: Buffer, from = 0): number {
  let at = from;
  while (at < bytes.length && isLineBreak(bytes[at])) at++;
  return at;
}

/** Whether a line separates parts, whatever boundary was declared. */
export function isDelimiter(line: string, boundary: string): boolean {
  if (line.startsWith('--')) return true;
  return boundary !== '' && line.replace(/^-+|-+$/g, '') === boundary;
}

/**
 * Whether another part begins at `at`, after line breaks: with a delimiter or, at cameras that send
 * none, a header. Null while too few bytes have come to tell; at the end of the stream that is yes.
 */
export function partBeginsAt(bytes: Buffer, at: number, boundary: string): boolean | null {
  const start = afterLineBreaks(bytes, at);
  // A picture that is followed by an empty line only ends there as well.
  if (start - at > 8) return false;
  const text = bytes.toString('latin1', start, start + Math.max(boundary.length + 2, 16));
  if (text.startsWith('--') || (boundary !== '' && text.startsWith(boundary))) return true;
  if (/^content-/i.test(text)) return true;
  const isShort = text.length < Math.max(boundary.length, 8);
  const mayBecome = ['--', 'content-', boundary.toLowerCase()].some((begin) =>
    begin.startsWith(text.toLowerCase()),
  );
  return isShort && mayBecome ? null : false;
}

/** The first line of `bytes` without its line break; null while its end has not come. */
export function firstLine(bytes: Buffer): { text: string; bytes: number } | null {
  const end = bytes.subarray(0, lineBytesMax).indexOf(lineFeed);
  if (end < 0) return null;
  return { text: bytes.toString('latin1', 0, end).replace(/\r$/, ''), bytes: end + 1 };
}

/** Whether bytes that have no line break yet may be the start of a line of text. */
export function mayBeText(bytes: Buffer): boolean {
  return bytes.length < lineBytesMax && isText(bytes.toString('latin1'));
}

/** Whether a line is text, rather than bytes of a picture with a line break among them. */
export function isText(line: string): boolean {
  return headerLine.test(line) || /^[\t\r\x20-\x7e]*$/.test(line);
}

/** Offset of the next line that may begin a part; -1 without one. */
export function nextPart(bytes: Buffer, boundary: string): number {
  const tokens = [
    '\n--',
    '\nContent-',
    '\ncontent-',
    ...(boundary === '' ? [] : [`\n${boundary}`]),
  ];
  const found = tokens.map((token) => bytes.indexOf(token, 0, 'latin1')).filter((at) => at >= 0);
  return found.length === 0 ? -1 : Math.min(...found) + 1;
}

/** Bytes to keep while searching with {@link nextPart}: all but the last of a token. */
export function searchTail(boundary: string): number {
  return Math.max('\ncontent-'.length, boundary.length + 1) - 1;
}
