/** What the headers before a picture say of it. */
export interface PartHead {
  /** Null where none is named that could be right. */
  readonly contentLength: number | null;
  /** In lower case, without parameters; null where none is named. */
  readonly contentType: string | null;
  /** When the camera took the picture, in Unix ms by its own clock; null where it does not say. */
  readonly captureMs: number | null;
}

export const emptyHead: PartHead = { contentLength: null, contentType: null, captureMs: null };

/** A line that can be a header. */
export const headerLine = /^[A-Za-z][A-Za-z0-9_-]{0,63}[ \t]*:/;

/** Adds one header line to what is known. */
export function withHeader(head: PartHead, line: string): PartHead {
  const colon = line.indexOf(':');
  const value = line.slice(colon + 1).trim();
  switch (line.slice(0, colon).trim().toLowerCase()) {
    case 'content-length': {
      const length = /^\d{1,10}$/.test(value) ? Number(value) : 0;
      // Some cameras write 0 where they do not know.
      return { ...head, contentLength: length > 0 ? length : null };
    }
    case 'content-type':
      return { ...head, contentType: mediaTypeOf(value) };
    case 'x-timestamp':
      return { ...head, captureMs: timestampMs(value) };
    default:
      return head;
  }
}

/** The media type of a `Content-Type`, in lower case, without parameters. */
export function mediaTypeOf(value: string): string {
  return value.split(';', 1)[0]!.trim().toLowerCase();
}

/**
 * The `X-Timestamp` of mjpg-streamer and ESP32 cameras: Unix seconds with a fraction. Whole seconds
 * would give many pictures one time; `wholeSeconds` takes them, for pictures that are far apart.
 */
export function timestampMs(value: string, wholeSeconds = false): number | null {
  const isTime = wholeSeconds ? /^\d{1,12}(\.\d{1,9})?$/ : /^\d{1,12}\.\d{1,9}$/;
  return isTime.test(value) ? Number(value) * 1000 : null;
}

/** The `boundary` of a multipart `Content-Type` without quotes and leading dashes; or empty. */
export function boundaryOf(contentType: string): string {
  const found = /;\s*boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(contentType);
  return (found?.[1] ?? found?.[2] ?? '').trim().replace(/^-+/, '');
}
