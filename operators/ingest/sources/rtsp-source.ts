import { liveCamera, type LiveCameraOptions } from './live-camera.ts';
import type { Source } from '../source.ts';
import { withoutPassword } from './redact-url.ts';

/** An RTSP camera over TCP: no lost packets, hence no smeared pictures. */
export function rtspSource(url: string, options: LiveCameraOptions = {}): Source {
  return liveCamera(
    {
      kind: 'rtsp',
      input: url,
      label: withoutPassword(url),
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
