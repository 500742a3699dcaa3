import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Camera } from '../../../pipeline/application/camera.ts';
import { LogSink } from '../../../pipeline/application/log-sink.ts';
import { configuredCameras } from '../../../pipeline/application/open-cameras.ts';
import { parseConfig } from '../../../pipeline/configuration/config.ts';
import type { Log } from '../../../pipeline/log.ts';
import { until } from '../../operators/ingest/capture.ts';
import { installFakeFfmpeg, type FakeFfmpeg } from '../../operators/ingest/sources/fake-ffmpeg.ts';
import { cameraParts } from './scripted-camera.ts';

let ffmpeg: FakeFfmpeg;
beforeEach(() => {
  ffmpeg = installFakeFfmpeg();
});
afterEach(() => ffmpeg.remove());

/** Every part of a source that must not be shown contains one of these. */
const secret = /hunter2|adm1n|secret|channel/i;

const sources = [
  'rtsp://adm1n:hunter2@127.0.0.1:1/1',
  'RTSP://adm1n:hunter2@127.0.0.1:1/1',
  'rtsps://adm1n:hunter2@127.0.0.1:1/1',
  'rtsp://adm1n@127.0.0.1:1/secret',
  'rtsp://127.0.0.1:1/user=adm1n_password=hunter2_channel=1.sdp',
  'rtsp://127.0.0.1:1/live?channel=1&password=hunter2',
  'rtsp://adm1n@example.org:hunter2@127.0.0.1:1/1',
  'rtsp://adm1n:hun%2Fhunter2%40@127.0.0.1:1/1',
  'rtsp://adm1n:hunter2@[::1]:1/1',
  'http://adm1n:hunter2@127.0.0.1:1/video.mjpg',
  'http://127.0.0.1:1/videostream.cgi?user=adm1n&pwd=hunter2',
  'http://127.0.0.1:1/video?user=adm1n@example.org&pwd=hunter2',
  'http://127.0.0.1:1?password=hunter2',
  'http://127.0.0.1:1/#hunter2',
  'https://adm1n:hunter2@127.0.0.1:1/secret/video.mp4',
  // These cannot be opened at all.
  'rtsp://adm1n:a/hunter2@127.0.0.1/1',
  'rtsp://adm1n:12/hunter2@127.0.0.1:1',
  'rtsp://adm1n:a?hunter2@127.0.0.1/1',
  'rtsp://adm1n:a#hunter2@127.0.0.1/1',
  'adm1n:hunter2@127.0.0.1/1',
  '127.0.0.1/user=adm1n_password=hunter2',
  'rtsp:/adm1n:hunter2@127.0.0.1/1',
  'ftp://adm1n:hunter2@127.0.0.1/1',
  '/videos/adm1n:hunter2@secret.mp4',
] as const;

describe('a camera', { timeout: 30_000 }, () => {
  it.each([
    ...sources.map((source) => ({ source })),
    ...sources
      .slice(0, 11)
      .map((detectSource) => ({ source: 'http://127.0.0.1:1/', detectSource })),
  ])('shows nothing secret of %j', async (addresses) => {
    const said: string[] = [];
    const say = (...line: unknown[]) => said.push(JSON.stringify(line));
    const log = { trace: say, debug: say, info: say, warn: say, error: say } as unknown as Log;
    const sink = new LogSink(log);
    const config = parseConfig({ cameras: { door: addresses } });
    try {
      const [door] = configuredCameras(config);
      const camera = new Camera(cameraParts(door));
      let isOver = false;
      camera.events$.subscribe((event) => {
        said.push(JSON.stringify(event));
        if (event.type !== 'state') return;
        sink.publish({ ...event, type: 'camera', timestampMs: 0 });
        isOver ||= event.state === 'lost';
      });
      const subscription = camera.frames().subscribe({
        error: (error: unknown) => {
          said.push(String(error), JSON.stringify(error));
          isOver = true;
        },
      });
      await until(() => isOver, 20_000);
      subscription.unsubscribe();
      said.push(JSON.stringify(camera.meter.report(0)));
    } catch (error) {
      said.push(String(error), JSON.stringify(error));
    }
    expect(said.join('\n')).not.toMatch(secret);
    expect(said.length).toBeGreaterThan(0);
  });
});

describe('an error of the configuration', () => {
  it.each(sources)('quotes nothing secret of %s, wherever it stands', (source) => {
    const inputs = [
      { cameras: { door: source } },
      { cameras: { [source]: { source: 'world' } } },
      { cameras: { door: { source, [source]: 1 } } },
      { cameras: { door: { source: [source] } } },
      { cameras: { door: { source: 'world', detectSource: [source] } } },
      { cameras: { door: { source: source.padEnd(5000, 'x') } } },
      { seed: source },
      { cameras: { door: { source: 'world', fps: source } } },
    ];
    const messages = inputs.map((input) => {
      try {
        parseConfig(input);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    });
    // A key that is no address at all can only be called by its name.
    const quoted = source.includes('://')
      ? messages
      : messages.filter((_, i) => i !== 1 && i !== 2);
    expect(quoted.filter((message) => message === '')).toEqual([]);
    expect(quoted.join('\n')).not.toMatch(secret);
  });
});
