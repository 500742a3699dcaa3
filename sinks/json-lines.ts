import type { ErrorCode } from '../operators/foundation/errors/error-codes.ts';
import { open } from 'node:fs/promises';
import type { WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { DetectionsMessage, LifelensEvent, Sink } from './events.ts';
import { codeOf, whyUnwritable } from '../operators/foundation/files/why-unwritable.ts';

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

export interface JsonLinesOptions {
  /** Bytes that may wait for the disk before lines are dropped. Default 8 MiB. */
  readonly pendingBytesMax?: number;
  /** Told once when the file can no longer be written (a full disk). */
  readonly onError?: (error: DetectionsFileError) => void;
}

/**
 * Opens `path` for a JSON line per detected frame, replacing what was there.
 * Rejects with a `DetectionsFileError` where that cannot be.
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

/** Writes each frame's detections as one line; a disk that cannot keep up costs lines, never memory. */
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
    this.#pendingBytesMax = options.pendingBytesMax ?? 8 * 1024 * 1024;
    stream.on('error', (error) => {
      if (this.#failed) return;
      this.#failed = true;
      options.onError?.(new DetectionsFileError(path, error));
    });
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Lines handed to the file. */
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
    const full = this.#stream.writableLength + Buffer.byteLength(line) > this.#pendingBytesMax;
    if (this.#failed || full) {
      this.#dropped += 1;
      return;
    }
    this.#written += 1;
    this.#stream.write(line);
  }

  /** Waits until everything that was taken is in the file. Never rejects: errors went to `onError`. */
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

/** One line of the file, with exactly the keys that scripts rely on. */
function detectionsLine(event: DetectionsMessage): string {
  const detections = event.detections.map(({ class: name, score, box, trackId, headVersion }) => ({
    class: name,
    score,
    box,
    trackId,
    headVersion,
  }));
  const { frame, timestampMs } = event;
  return `${JSON.stringify({ frame, timestampMs, detections })}\n`;
}
