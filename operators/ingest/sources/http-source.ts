import { recording, type RecordingOptions } from './file-source.ts';
import { liveCamera, type LiveCameraOptions } from './live-camera.ts';
import type { Source } from '../source.ts';
import { withoutPassword } from './redact-url.ts';

export interface HttpOptions extends LiveCameraOptions, RecordingOptions {
  /** Whether it is a camera without an end. Default: not when the path ends like a video file's. */
  readonly live?: boolean;
}

const recordingPath = /\.(avi|m4v|mkv|mov|mp4|mpe?g|ogv|webm|wmv)$/i;

/**
 * Video over HTTP: a live stream (MJPEG and whatever else ffmpeg reads), reconnected when
 * it ends, or a recording, which plays once or in a loop.
 */
export function httpSource(url: string, options: HttpOptions = {}): Source {
  const { live = !recordingPath.test(new URL(url).pathname), stallMs = 10_000 } = options;
  const label = withoutPassword(url);
  const inputOptions = ['-rw_timeout', String(stallMs * 1000)];
  if (live)
    return liveCamera(
      { kind: 'http', input: url, label, inputOptions: () => inputOptions },
      options,
    );
  return recording(
    { kind: 'http', input: url, label, inputOptions, unreadable: 'unreachable' },
    options,
  );
}
