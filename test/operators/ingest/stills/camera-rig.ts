import {
  createSource,
  type SourceOptions,
} from '../../../../operators/ingest/sources/create-source.ts';
import { capture, type Capture, type CaptureOptions } from '../capture.ts';
import { serveCamera, type CameraServer } from './camera-server.ts';

const servers: CameraServer[] = [];
/** Ends the servers of a test. */
export function closeServers(): void {
  for (const server of servers.splice(0)) server.close();
}

/** A camera until {@link closeServers}. */
export async function serve(answer: Parameters<typeof serveCamera>[0]): Promise<CameraServer> {
  const server = await serveCamera(answer);
  servers.push(server);
  return server;
}

/** Plays a camera without ffmpeg: where that were needed, it would not be found. */
export function play(
  url: string,
  options: SourceOptions = {},
  how: CaptureOptions = {},
): Promise<Capture> {
  const fast = { random: () => 0, firstOpenMustSucceed: true, ...options };
  return capture(createSource(url, fast), { pace: 'live', slots: 8, framesMax: 3, ...how });
}
