import { codeOf } from '../operators/foundation/errors/code-of.ts';
import type { ErrorCode } from '../operators/foundation/errors/error-codes.ts';
import { open } from 'node:fs/promises';
import type { WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { DetectionsMessage, LifelensEvent, Sink } from './events.ts';
import { whyUnwritable } from '../operators/foundation/files/why-unwritable.ts';

/** The detections file cannot be written. */
export class DetectionsFileError extends Error {
  override readonly name = 'DetectionsFileError';
  readonly code: ErrorCode<'DetectionsFileError'>;
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot write detections to ${path}: ${whyUnwritable(cause)}`, { cause });
    this.code = codeOf(cause);
    this.path = path;
  }
}

export const jsonLinesDefaults = { pendingBytesMax: 8 * 1024 * 1024 } as const;

export interface JsonLinesOptions {
  /** Bytes that may wait for the disk before lines are dropped. Default 8 MiB. */
  readonly pendingBytesMax?: number;
  /** Called once, when a write fails for the first time, for example on a full disk. */
  readonly onError?: (error: DetectionsFileError) => void;
}

/**
 * Opens `path` for one JSON line per detected frame, replacing its content.
 * Rejects with a `DetectionsFileError` where the file cannot be opened.
 *
 * @example
 * import { watch } from 'lifelens';
 * import { openJsonLines } from 'lifelens/sinks';
 *
 * const onError = console.error;
 * await watch({}, { sinks: [await openJsonLines('detections.jsonl', { onError })] });
 */
export async function openJsonLines(
  path: string,
  options: JsonLinesOptions = {},
): Promise<JsonLinesSink> {
  try {
    const file = await open(path, 'w');
    return new JsonLinesSink(path, file.createWriteStream(), options);
  } catch (error) {
    throw new DetectionsFileError(path, error);
  }
}

/** Writes the detections of each frame as one line; drops lines where the disk is too slow. */
export class JsonLinesSink implements Sink {
  readonly name = 'json-lines';
  readonly #stream: WriteStream;
  readonly #pendingBytesMax: number;
  #dropped = 0;
  #written = 0;
  #failed = false;
  #closing: Promise<void> | null = null;

  constructor(path: string, stream: WriteStream, options: JsonLinesOptions = {}) {
    this.#stream = stream;
    this.#pendingBytesMax = options.pendingBytesMax ?? jsonLinesDefaults.pendingBytesMax;
    stream.on('error', (error) => {
      if (this.#failed) return;
      this.#failed = true;
      options.onError?.(new DetectionsFileError(path, error));
    });
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Lines passed to the file's stream. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that wait for the disk. */
  get pendingBytes(): number {
    return this.#stream.writableLength;
  }

  publish(event: LifelensEvent): void {
    if (event.type !== 'detections' || this.#closing !== null) return;
    const line = detectionsLine(event);
    const isFull = this.#stream.writableLength + Buffer.byteLength(line) > this.#pendingBytesMax;
    if (this.#failed || isFull) {
      this.#dropped += 1;
      return;
    }
    this.#written += 1;
    this.#stream.write(line);
  }

  /** Resolves when all accepted lines are written. Never rejects: `onError` reports failures. */
  close(): Promise<void> {
    return (this.#closing ??= this.#end());
  }

  async #end(): Promise<void> {
    if (this.#failed) {
      this.#stream.destroy();
      return;
    }
    this.#stream.end();
    await finished(this.#stream).catch(() => undefined);
  }
}

/** Formats one line with the keys that docs/protocol.md promises to scripts, and no others. */
function detectionsLine(event: DetectionsMessage): string {
  const detections = event.detections.map(({ class: name, score, box, trackId, headVersion }) => ({
    class: name,
    score,
    box,
    trackId,
    headVersion,
  }));
  const { frame, timestampMs, timeBasis, frameId } = event;
  return `${JSON.stringify({ frame, timestampMs, timeBasis, frameId, detections })}\n`;
}
