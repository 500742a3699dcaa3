import { networkAddress, type NetworkOptions } from '../relay/network-address.ts';
import { openRtspRelay } from '../relay/rtsp-relay.ts';
import { liveCamera, type LiveCameraOptions } from './live-camera.ts';
import type { Source } from '../source.ts';

/**
 * An RTSP camera, read over TCP, since lost UDP packets smear the picture.
 *
 * @throws SourceError `bad-source` for a malformed URL.
 */
export function rtspSource(url: string, options: LiveCameraOptions & NetworkOptions = {}): Source {
  const address = networkAddress(url, options);
  return liveCamera(
    {
      kind: 'rtsp',
      label: address.label,
      open: (_, openMs) => openRtspRelay(address, openMs),
    },
    options,
  );
}
