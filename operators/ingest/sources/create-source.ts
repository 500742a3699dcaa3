import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileSource } from './file-source.ts';
import { folderSource, imageSource } from './folder-source.ts';
import { httpSource, type HttpOptions } from './http-source.ts';
import { isVideo, pictureKindOf } from '../pictures/picture-kind.ts';
import { isPictureName } from '../pictures/picture-name.ts';
import { rtspSource } from './rtsp-source.ts';
import { SourceError, type Source } from '../source.ts';
import { webcamSource } from './webcam-source.ts';
import { shownAddress } from '../../foundation/secrets/shown-address.ts';
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
 * the path of a video file, of a picture or of a folder of pictures.
 *
 * @throws SourceError `not-found` if the path does not exist; `bad-source` for other protocols.
 *
 * @example
 * import { createSource } from 'lifelens/sources';
 *
 * const world = createSource('world', { seed: 7 });
 * const recording = createSource('visits.mp4', { loop: true, fps: 10 });
 * const password = process.env['DOOR_PASSWORD'] ?? '';
 * const door = createSource('rtsp://camera/stream', { user: 'admin', password });
 */
export function createSource(spec: string, options: SourceOptions = {}): Source {
  if (spec === 'world') return worldSource(options.scenario ?? defaultScenario(options.seed ?? 1));
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(spec)?.[1]?.toLowerCase();
  if (protocol !== undefined) return fromUrl(protocol, spec, options);
  // A device may be plugged in later.
  if (/^\/dev\/video\d+$/.test(spec)) return webcamSource(spec, options);
  const path = resolve(spec);
  if (!existsSync(path)) throw missing(spec);
  if (statSync(path).isDirectory()) return folderSource(path, options);
  return isPicture(path) ? imageSource(path, options) : fileSource(path, options);
}

/** Files of many JPEGs in a row are video; so are GIFs and PNGs that move. */
const pictureStreamName = /\.(mjpe?g|mjpg)$/i;

/** Whether a file holds one picture: by its first bytes, else by its name. */
function isPicture(path: string): boolean {
  const head = firstBytes(path);
  const kind = pictureKindOf(head);
  if (kind === 'gif') return !head.includes('NETSCAPE2.0') && !head.includes('ANIMEXTS1.0');
  if (kind === 'png') return !head.includes('acTL');
  if (kind !== null) return !pictureStreamName.test(path);
  // A video that is named like a picture still is one.
  return isPictureName(path) && !isVideo(head);
}

/** Empty where it cannot be read, which opening it will report. */
function firstBytes(path: string): Buffer {
  const bytes = Buffer.alloc(1024);
  try {
    const file = openSync(path, 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return bytes.subarray(0, 0);
  }
}

/** The path in the message is as written, if it is none of an address without its protocol. */
function missing(spec: string): SourceError {
  const shown = shownAddress(spec);
  const message =
    shown === spec
      ? `no such file, folder or device: ${resolve(spec)}`
      : `no such file, folder or device: ${shown}; an address begins with rtsp://, http:// or https://`;
  return new SourceError('not-found', shown, message);
}

function fromUrl(protocol: string, url: string, options: SourceOptions): Source {
  switch (protocol) {
    case 'rtsp':
    case 'rtsps':
      return rtspSource(url, options);
    case 'http':
    case 'https':
      return httpSource(url, options);
    default: {
      const message = `cannot read ${protocol}:// sources; use rtsp://, http://, https://, a path, /dev/videoN or world`;
      throw new SourceError('bad-source', shownAddress(url), message);
    }
  }
}
