import { liveCamera, type LiveCameraOptions } from './live-camera.ts';
import type { Source } from '../source.ts';
import { redactUrl } from './redact-url.ts';

/** An RTSP camera, read over TCP, since lost UDP packets smear the picture. */
export function rtspSource(url: string, options: LiveCameraOptions = {}): Source {
  return liveCamera(
    {
      kind: 'rtsp',
      input: url,
      label: redactUrl(url),
      inputOptions: (ffmpeg, stallMs) => [
        '-rtsp_transport',
        'tcp',
        ffmpeg.rtspTimeoutOption,
        String(stallMs * 1000),
      ],
    },
    options,
  );
}
