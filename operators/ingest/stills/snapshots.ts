import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../foundation/time/clock.ts';
import { pictureKindOf } from '../pictures/picture-kind.ts';
import type { CameraRequests } from '../relay/camera-requests.ts';
import { AnswerBody, Deadline } from './answer-body.ts';
import { answerHeadBytes, answerKindOf, statusProblem } from './answer-kind.ts';
import { exifCaptureMs } from './exif-time.ts';
import { partBytesMax } from './part-body.ts';
import { timestampMs } from './part-head.ts';
import type { PictureIntake } from './picture-intake.ts';
import { assertReadable } from './picture-stream.ts';

export interface SnapshotsOptions {
  readonly requests: CameraRequests;
  readonly isLoggedIn: boolean;
  readonly intake: PictureIntake;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Time from one request to the next, in ms; a slow camera is asked when it has answered. */
  readonly intervalMs: number;
  /** Longest wait for one whole answer, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Rate at which a camera of snapshots is asked where none is configured, per second. */
export const defaultSnapshotFps = 1;

/** Times in whole seconds, as `Last-Modified`, do for pictures that are this far apart, in ms. */
const wholeSecondsMs = 5000;

/** A validator that may be sent back as it is. */
const validator = /^[\x20-\x7e]{1,512}$/;

/**
 * Asks a camera for one picture after the other. A picture that it says is not modified, or that
 * is the one before byte by byte, is not taken again.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  #latest: Buffer | null = null;
  #headers: Record<string, string> = {};

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** Takes the picture of an answer, unless it is the one before. */
  async takeFrom(body: AnswerBody, timeoutMs = this.#options.timeoutMs): Promise<void> {
    const { signal, intake } = this.#options;
    const { answer } = body;
    const close = (): void => body.close();
    const deadline = new Deadline();
    signal.addEventListener('abort', close, { once: true });
    deadline.start(timeoutMs, () => {
      body.close(new Error(`no whole picture within ${timeoutMs / 1000} s`));
    });
    const bytes = await body.whole(partBytesMax).finally(() => {
      deadline.stop();
      signal.removeEventListener('abort', close);
    });
    if (answer.statusCode === 304) {
      intake.unchanged();
      return;
    }
    if (pictureKindOf(bytes) === null) throw new Error(noPicture(answer, bytes));
    if (this.#latest?.equals(bytes) === true) {
      intake.unchanged();
      return;
    }
    this.remember(answer, bytes);
    await intake.take(bytes, this.#captureMs(answer, bytes));
    assertReadable(intake);
  }

  /** Does not take this picture again. */
  remember({ headers }: IncomingMessage, bytes: Buffer): void {
    const { etag = '', 'last-modified': lastModified = '' } = headers;
    this.#headers = {
      ...(validator.test(etag) && { 'if-none-match': etag }),
      ...(validator.test(lastModified) && { 'if-modified-since': lastModified }),
    };
    this.#latest = bytes;
  }

  /** Asks until the signal aborts or the camera does not answer with a picture: that rejects. */
  async poll(): Promise<never> {
    const { clock, intervalMs, signal } = this.#options;
    for (let dueMs = clock.nowMs() + intervalMs; ; dueMs += intervalMs) {
      const waitMs = dueMs - clock.nowMs();
      if (waitMs > 0) await delay(waitMs, undefined, { signal });
      else dueMs = clock.nowMs(); // Requests never overlap, and none is made up for.
      await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const { requests, isLoggedIn, signal } = this.#options;
    const body = new AnswerBody(await requests.open(this.#headers, signal));
    try {
      const { statusCode = 0 } = body.answer;
      const problem = statusCode === 304 ? null : statusProblem(statusCode, isLoggedIn);
      if (problem !== null) throw new Error(problem);
      await this.takeFrom(body);
    } catch (error) {
      body.close();
      throw error;
    }
  }

  #captureMs({ headers }: IncomingMessage, bytes: Buffer): number | null {
    const isSlow = this.#options.intervalMs >= wholeSecondsMs;
    const stamp = timestampMs(String(headers['x-timestamp'] ?? ''), isSlow);
    const declared = stamp ?? exifCaptureMs(bytes, isSlow);
    if (declared !== null || !isSlow) return declared;
    return parsedDate(headers['last-modified'] ?? '');
  }
}

function noPicture({ headers }: IncomingMessage, bytes: Buffer): string {
  const head = bytes.subarray(0, answerHeadBytes);
  const contentType = headers['content-type'] ?? '';
  const kind = answerKindOf({ contentType, hasLength: true, bytes: head });
  return kind.type === 'neither' ? kind.problem : 'it no longer answers with a picture';
}

function parsedDate(text: string): number | null {
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? null : timeMs;
}
