import { liveCamera, type LiveCameraOptions } from './live-camera.ts';
import { SourceError, type Source } from '../source.ts';

/**
 * A Linux video device such as `/dev/video0`, read through Video4Linux2.
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
  return liveCamera(
    { kind: 'webcam', input: device, label: device, inputOptions: () => ['-f', 'v4l2'] },
    options,
  );
}
