import { openHttpRelay } from '../relay/http-relay.ts';
import { networkAddress, type NetworkOptions } from '../relay/network-address.ts';
import { recordingSource, type RecordingOptions } from './file-source.ts';
import {
  defaultOpenMs,
  defaultStallMs,
  liveCamera,
  type LiveCameraOptions,
} from './live-camera.ts';
import type { Source } from '../source.ts';

export interface HttpOptions extends LiveCameraOptions, RecordingOptions, NetworkOptions {
  /** Whether the URL is an endless stream. Default: unless its path ends like a video file's. */
  readonly live?: boolean;
}

const recordingPath = /\.(avi|m4v|mkv|mov|mp4|mpe?g|ogv|webm|wmv)$/i;

/**
 * Video over HTTP: either a live stream (MJPEG or anything else that ffmpeg reads), reconnected
 * when it ends, or a recording, played once or in a loop.
 *
 * @throws SourceError `bad-source` for a malformed URL.
 */
export function httpSource(url: string, options: HttpOptions = {}): Source {
  const address = networkAddress(url, options);
  const { live = !recordingPath.test(address.url.pathname) } = options;
  const { openMs = defaultOpenMs, stallMs = defaultStallMs } = options;
  const open = async () => {
    const relay = await openHttpRelay(address, live ? openMs : stallMs);
    // The silence of a camera is judged by its pictures.
    const timeout = live ? [] : ['-rw_timeout', String(stallMs * 1000)];
    return { ...relay, inputOptions: [...relay.inputOptions, ...timeout] };
  };
  const { label } = address;
  if (live) return liveCamera({ kind: 'http', label, open }, options);
  return recordingSource({ kind: 'http', label, open, unreadable: 'unreachable' }, options);
}
