import { systemClock } from '../../foundation/time/clock.ts';
import { defaultMaxSide } from '../pictures/fit-within.ts';
import { openHttpRelay } from '../relay/http-relay.ts';
import { networkAddress, type NetworkOptions } from '../relay/network-address.ts';
import { openHttpPictures } from '../stills/open-http-pictures.ts';
import { recordingSource, type RecordingOptions } from './file-source.ts';
import {
  defaultOpenMs,
  defaultStallMs,
  liveCamera,
  type LiveCamera,
  type LiveCameraOptions,
} from './live-camera.ts';
import type { Source } from '../source.ts';

export interface HttpOptions extends LiveCameraOptions, RecordingOptions, NetworkOptions {
  /** Whether the URL is an endless stream. Default: unless its path ends like a video file's. */
  readonly live?: boolean;
}

const recordingPath = /\.(avi|m4v|mkv|mov|mp4|mpe?g|ogv|webm|wmv)$/i;

/**
 * Pictures or video over HTTP: a live camera, reopened when it is lost, or a recording, played once
 * or in a loop. A live camera is asked once for what it sends: a stream of pictures (MJPEG), one
 * picture, which is asked for again at the configured rate, or anything else that ffmpeg reads.
 *
 * @throws SourceError `bad-source` for a malformed URL.
 */
export function httpSource(url: string, options: HttpOptions = {}): Source {
  const address = networkAddress(url, options);
  const { live = !recordingPath.test(address.url.pathname) } = options;
  const { stallMs = defaultStallMs } = options;
  const { openMs = Math.max(defaultOpenMs, stallMs) } = options;
  const open = async () => {
    const relay = await openHttpRelay(address, live ? openMs : stallMs);
    // The silence of a camera is judged by its pictures.
    const timeout = live ? [] : ['-rw_timeout', String(stallMs * 1000)];
    return { ...relay, inputOptions: [...relay.inputOptions, ...timeout] };
  };
  const { label } = address;
  if (!live)
    return recordingSource({ kind: 'http', label, open, unreadable: 'unreachable' }, options);
  const { fps = null, maxSide = defaultMaxSide, clock = systemClock } = options;
  const openPictures: LiveCamera['openPictures'] = (context, numbering, signal) => {
    const reading = { address, fps, maxSide, numbering, clock, openMs, stallMs };
    return openHttpPictures(context, reading, signal);
  };
  return liveCamera({ kind: 'http', label, open, openPictures }, options);
}
