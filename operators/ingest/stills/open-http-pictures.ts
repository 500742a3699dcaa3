import type { Observable } from 'rxjs';
import type { Clock } from '../../foundation/time/clock.ts';
import type { FrameNumbering } from '../frames/frame-numbering.ts';
import type { Frame } from '../frames/frame.ts';
import { CameraRequests } from '../relay/camera-requests.ts';
import { whyUnconnected, type NetworkAddress } from '../relay/network-address.ts';
import { SourceError, type SourceContext } from '../source.ts';
import { fromTask } from '../sources/from-task.ts';
import { AnswerBody, Deadline } from './answer-body.ts';
import { answerHeadBytes, answerKindOf, statusProblem, type AnswerKind } from './answer-kind.ts';
import { PictureIntake } from './picture-intake.ts';
import { readPictureStream, type StallLimits } from './picture-stream.ts';
import { defaultSnapshotFps, Snapshots } from './snapshots.ts';

export interface HttpPicturesOptions extends StallLimits {
  readonly address: NetworkAddress;
  /** Most pictures per second; null takes every one of a stream, and one snapshot a second. */
  readonly fps: number | null;
  /** Longest side of a frame's `full` picture, in pixels. */
  readonly maxSide: number;
  readonly numbering: FrameNumbering;
  readonly clock: Pick<Clock, 'nowMs' | 'wallMs'>;
}

interface Opened {
  readonly requests: CameraRequests;
  readonly body: AnswerBody;
  readonly kind: Extract<AnswerKind, { type: 'picture' | 'pictures' }>;
}

/**
 * Asks a camera once over HTTP and, if it answers with pictures, goes on with that answer: frames
 * of a stream of pictures until it ends, or of a snapshot that is asked for again and again. Null
 * for video, which ffmpeg reads.
 *
 * Rejects with a SourceError `unreachable` if it does not answer, or with neither of them; the
 * observable errors with one when the camera is lost.
 */
export async function openHttpPictures(
  context: SourceContext,
  options: HttpPicturesOptions,
  signal: AbortSignal,
): Promise<Observable<Frame> | null> {
  const { label } = options.address;
  const opened = await ask(options, signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw cause instanceof SourceError
      ? cause
      : unreachable(label, `cannot open ${label}: `, cause);
  });
  if (opened === null) return null;
  return fromTask<Frame>((emit, reading) => play(context, options, opened, emit, reading));
}

/** The answer to go on with; null for video. */
async function ask(options: HttpPicturesOptions, signal: AbortSignal): Promise<Opened | null> {
  const { address, openMs } = options;
  const requests = new CameraRequests(address, { timeoutMs: openMs, keepAlive: true });
  const deadline = new Deadline();
  let body: AnswerBody | null = null;
  let goesOn = false;
  const close = (): void => body?.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    const answer = await requests.open({}, signal);
    body = new AnswerBody(answer);
    const late = new Error(`no picture within ${openMs / 1000} s`);
    deadline.start(openMs, () => body?.close(late));
    const { 'content-type': contentType = '', 'content-length': length } = answer.headers;
    const problem = statusProblem(answer.statusCode ?? 0, address.credentials() !== null);
    if (problem !== null) throw new Error(problem);
    const head = { contentType, hasLength: length !== undefined };
    // The first part of a multipart answer may be a long time coming.
    const early = answerKindOf({ ...head, bytes: Buffer.alloc(0) });
    const bytes = early.type === 'pictures' ? Buffer.alloc(0) : await body.look(answerHeadBytes);
    const kind = answerKindOf({ ...head, bytes });
    if (kind.type === 'neither') throw new Error(kind.problem);
    signal.throwIfAborted();
    if (kind.type === 'video') return null;
    goesOn = true;
    return { requests, body, kind };
  } finally {
    if (!goesOn) {
      body?.close();
      requests.close();
    }
    deadline.stop();
    signal.removeEventListener('abort', close);
  }
}

async function play(
  context: SourceContext,
  options: HttpPicturesOptions,
  { requests, body, kind }: Opened,
  emit: (frame: Frame) => void,
  signal: AbortSignal,
): Promise<void> {
  const { address, fps, maxSide, numbering, clock, openMs, stallMs } = options;
  const { label } = address;
  const onOpened = (width: number, height: number, polled: boolean): void => {
    const rate = polled ? (fps ?? defaultSnapshotFps) : null;
    const detail = `${label} ${width}×${height} (sharp)`;
    context.onEvent({ type: 'opened', detail, width, height, fps: rate });
  };
  const intake = new PictureIntake({
    ...{ context, numbering, clock, fps: kind.type === 'picture' ? null : fps, maxSide },
    ...{ emit, signal },
    onOpened: (first) => {
      onOpened(first.sourceWidth, first.sourceHeight, kind.type === 'picture');
    },
  });
  const close = (): void => body.close();
  signal.addEventListener('abort', close, { once: true });
  const intervalMs = 1000 / (fps ?? defaultSnapshotFps);
  const isLoggedIn = address.credentials() !== null;
  const snapshots = new Snapshots({
    ...{ requests, isLoggedIn, intake, clock, intervalMs, timeoutMs: stallMs, signal },
  });
  try {
    if (kind.type === 'picture') await snapshots.takeFrom(body, openMs);
    else {
      const ended = await readPictureStream({
        ...kind,
        ...{ body, intake, clock, openMs, stallMs },
      });
      const isSnapshot = !kind.isMultipart && ended.pictures === 1 && ended.lost === 0;
      if (!isSnapshot) return;
      snapshots.remember(body.answer, ended.latest!);
    }
    await snapshots.poll();
  } catch (cause) {
    if (!signal.aborted) await intake.settled();
    throw unreachable(label, intake.isOpened ? '' : `cannot open ${label}: `, cause);
  } finally {
    // What has arrived counts, although the connection ended right after it.
    if (!signal.aborted) await intake.settled();
    signal.removeEventListener('abort', close);
    body.close();
    requests.close();
  }
}

function unreachable(label: string, prefix: string, cause: unknown): SourceError {
  const reason = whyUnconnected(cause as NodeJS.ErrnoException);
  return new SourceError('unreachable', label, `${prefix}${reason}`, { cause });
}
