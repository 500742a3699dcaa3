import { recordingSource, type RecordingOptions } from './file-source.ts';
import { defaultStallMs, liveCamera, type LiveCameraOptions } from './live-camera.ts';
import type { Source } from '../source.ts';
import { redactUrl } from './redact-url.ts';

export interface HttpOptions extends LiveCameraOptions, RecordingOptions {
  /** Whether the URL is an endless stream. Default: unless its path ends like a video file's. */
  readonly live?: boolean;
}

const recordingPath = /\.(avi|m4v|mkv|mov|mp4|mpe?g|ogv|webm|wmv)$/i;

/**
 * Video over HTTP: either a live stream (MJPEG or anything else that ffmpeg reads), reconnected
 * when it ends, or a recording, played once or in a loop.
 */
export function httpSource(url: string, options: HttpOptions = {}): Source {
  const { live = !recordingPath.test(new URL(url).pathname), stallMs = defaultStallMs } = options;
  const label = redactUrl(url);
  const inputOptions = ['-rw_timeout', String(stallMs * 1000)];
  if (live) {
    const camera = { kind: 'http', input: url, label, inputOptions: () => inputOptions } as const;
    return liveCamera(camera, options);
  }
  return recordingSource(
    { kind: 'http', input: url, label, inputOptions, unreadable: 'unreachable' },
    options,
  );
}
