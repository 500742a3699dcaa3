import { pictureKindOf } from '../pictures/picture-kind.ts';
import { isDelimiter } from './delimiters.ts';
import { boundaryOf, mediaTypeOf } from './part-head.ts';

/**
 * What a camera answers with over HTTP: pictures that follow each other (`multipart`, or one after
 * the other), a `picture`, video for ffmpeg, or no pictures at all.
 */
export type AnswerKind =
  | { readonly type: 'pictures'; readonly isMultipart: boolean; readonly boundary: string }
  | { readonly type: 'picture' }
  | { readonly type: 'video' }
  | { readonly type: 'neither'; readonly problem: string };

/** Bytes of an answer that tell its kind. */
export const answerHeadBytes = 512;

export interface AnswerHead {
  readonly contentType: string;
  /** Whether a length was declared: then it is one thing with an end. */
  readonly hasLength: boolean;
  /** The first bytes, up to {@link answerHeadBytes} of them. */
  readonly bytes: Buffer;
}

/**
 * Tells what an answer is, by its bytes first, because cameras declare all kinds of types.
 * `multipart/*` counts without any.
 */
export function answerKindOf({ contentType, hasLength, bytes }: AnswerHead): AnswerKind {
  const mediaType = mediaTypeOf(contentType);
  const boundary = boundaryOf(contentType);
  if (mediaType.startsWith('multipart/')) return { type: 'pictures', isMultipart: true, boundary };
  if (bytes.length === 0) return { type: 'neither', problem: 'it answers with nothing' };
  const text = bytes.toString('latin1').replace(/^(\xef\xbb\xbf)?\s*/, '');
  const kind = pictureKindOf(bytes);
  if (kind !== null) {
    const isStream = !hasLength && (kind === 'jpeg' || kind === 'png' || kind === 'webp');
    return isStream ? { type: 'pictures', isMultipart: false, boundary: '' } : { type: 'picture' };
  }
  if (isVideo(bytes, text)) return { type: 'video' };
  const line = text.split(/\r?\n/, 1)[0]!;
  if (/^content-(type|length)\s*:/i.test(line) || (isDelimiter(line, '') && /^--\S/.test(line))) {
    return { type: 'pictures', isMultipart: true, boundary };
  }
  const written = textKind(mediaType, text);
  if (written === null) return { type: 'video' };
  return { type: 'neither', problem: `it answers with ${written}, not with pictures; ${advice}` };
}

const advice = 'give the address of its video stream or of its snapshot';

/** First bytes of containers and playlists that ffmpeg reads. */
function isVideo(bytes: Buffer, text: string): boolean {
  if (/^(#EXTM3U|FLV|OggS|RIFF....AVI |....ftyp|....moov|\.RMF)/s.test(text)) return true;
  if (/^(\x1a\x45\xdf\xa3|\x30\x26\xb2\x75|\0\0\x01|\0\0\0\x01)/.test(bytes.toString('latin1'))) {
    return true;
  }
  if (bytes.toString('latin1', 4, 8) === 'ftyp') return true;
  if (bytes[0] === 0x47 && (bytes.length <= 188 || bytes[188] === 0x47)) return true;
  return /<(MPD|SmoothStreamingMedia)\b/.test(text);
}

/** What a text is called; null for what is no text. */
function textKind(mediaType: string, text: string): string | null {
  if (/html/.test(mediaType) || /^<(!doctype|html|head|body)\b/i.test(text)) {
    return `a web page (${mediaType === '' ? 'text/html' : mediaType})`;
  }
  const isText = /^(text\/|application\/(\S*\+)?(json|xml|javascript)\b)/.test(mediaType);
  const looksLikeText = /^[<[{]/.test(text) && /^[\t\r\n\x20-\x7e\x80-\xff]*$/.test(text);
  if (!isText && !looksLikeText) return null;
  return mediaType === '' ? 'text' : `text (${mediaType})`;
}

/** What is wrong, by the status of an answer; null where nothing is. */
export function statusProblem(status: number, isLoggedIn: boolean): string | null {
  if (status >= 200 && status < 300 && status !== 204) return null;
  const code = `HTTP ${status}`;
  if (status === 401) {
    return isLoggedIn
      ? `it refuses the user name or the password (${code})`
      : `it asks for a user name and a password (${code})`;
  }
  if (status === 403) return `it forbids access (${code})`;
  if (status === 404 || status === 410) return `there is nothing at this path (${code})`;
  if (status === 429 || status === 503) return `it is busy or not ready (${code})`;
  if (status >= 500) return `it failed (${code})`;
  return `it answers without a picture (${code})`;
}
