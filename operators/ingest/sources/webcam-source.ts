import { directInput } from '../relay/camera-input.ts';
import { liveCamera, type LiveCameraOptions } from './live-camera.ts';
import { SourceError, type Source } from '../source.ts';

/**
 * A Linux video device such as `/dev/video0`, read through Video4Linux2. A device that does not
 * exist counts as a camera that is unplugged.
 *
 * @throws SourceError `bad-source` on other systems: AVFoundation and DirectShow are not supported.
 */
export function webcamSource(
  device: string,
  options: LiveCameraOptions = {},
  platform: string = process.platform,
): Source {
  if (platform !== 'linux') {
    throw new SourceError(
      'bad-source',
      device,
      `${device}: webcams are supported on Linux only (AVFoundation and DirectShow names are not)`,
    );
  }
  const open = () => Promise.resolve(directInput(device, ['-f', 'v4l2']));
  return liveCamera({ kind: 'webcam', label: device, open }, options);
}
