import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileSource } from './file-source.ts';
import { folderSource } from './folder-source.ts';
import { httpSource, type HttpOptions } from './http-source.ts';
import { rtspSource } from './rtsp-source.ts';
import { SourceError, type Source } from '../source.ts';
import { webcamSource } from './webcam-source.ts';
import { redactUrl } from './redact-url.ts';
import { defaultScenario } from '../world/default-scenario.ts';
import type { Scenario } from '../world/scenario.ts';
import { worldSource } from '../world/world-source.ts';

/** Options of all kinds of sources; each uses those that apply to it. */
export interface SourceOptions extends HttpOptions {
  /** Scenario of the simulated world. Default: {@link defaultScenario} of `seed`. */
  readonly scenario?: Scenario;
  /** Seed of the default scenario. Default 1. */
  readonly seed?: number;
}

/**
 * Creates the source that `spec` describes: `world`, `rtsp://…`, `http(s)://…`, `/dev/video…`, or
 * the path of a video file or of a folder of images.
 *
 * @throws SourceError `not-found` if the path does not exist; `bad-source` for other protocols.
 *
 * @example
 * import { createSource } from 'lifelens/sources';
 *
 * const world = createSource('world', { seed: 7 });
 * const recording = createSource('visits.mp4', { loop: true, fps: 10 });
 */
export function createSource(spec: string, options: SourceOptions = {}): Source {
  if (spec === 'world') return worldSource(options.scenario ?? defaultScenario(options.seed ?? 1));
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(spec)?.[1]?.toLowerCase();
  if (protocol !== undefined) return fromUrl(protocol, spec, options);
  const path = resolve(spec);
  // On other systems, webcamSource() has a better error than a missing path.
  const missing = !existsSync(path);
  if (/^\/dev\/video\d+$/.test(spec) && !(missing && process.platform === 'linux')) {
    return webcamSource(spec, options);
  }
  if (missing) throw new SourceError('not-found', spec, `no such file, folder or device: ${path}`);
  if (statSync(path).isDirectory()) return folderSource(path, options);
  return fileSource(path, options);
}

function fromUrl(protocol: string, url: string, options: SourceOptions): Source {
  if (!URL.canParse(url)) {
    throw new SourceError('bad-source', redactUrl(url), `not a URL: ${redactUrl(url)}`);
  }
  switch (protocol) {
    case 'rtsp':
    case 'rtsps':
      return rtspSource(url, options);
    case 'http':
    case 'https':
      return httpSource(url, options);
    default: {
      const message = `cannot read ${protocol}:// sources; use rtsp://, http://, https://, a path, /dev/videoN or world`;
      throw new SourceError('bad-source', redactUrl(url), message);
    }
  }
}
