import type { Detector } from '../../operators/detect/detector.ts';
import type { Clusters } from '../../operators/discover/clusters.ts';
import {
  Discoverer,
  discovererDefaults,
  type DiscovererOptions,
} from '../../operators/discover/discoverer.ts';
import { Novelty } from '../../operators/discover/novelty.ts';
import { createSource, type SourceOptions } from '../../operators/ingest/sources/create-source.ts';
import { pairedSource } from '../../operators/ingest/sources/paired/paired-source.ts';
import type { Source } from '../../operators/ingest/source.ts';
import type { Learner } from '../../operators/learn/learner.ts';
import { recognitionDefaults } from '../../operators/track/recognise-track.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';
import type { CameraConfig, Config } from '../configuration/config.ts';
import { Camera } from './camera.ts';
import type { Pacing } from './pacing.ts';
import type { LiveSize } from './sizing/live-size.ts';

/** Recent frames per camera that are kept for labels of boxes; none in lockstep. */
export const recentFramesKept = 8;

/** A camera of the configuration and the source that its frames come from. */
export interface ConfiguredCamera {
  readonly name: string;
  readonly config: CameraConfig;
  readonly source: Source;
}

export interface ConfiguredCamerasOptions {
  /** Sources that take the place of configured ones, by name. Default: none. */
  readonly custom?: Readonly<Record<string, Source>> | undefined;
  /** Most frames to capture per camera. Default: no limit. */
  readonly framesMax?: number | undefined;
}

/**
 * The cameras that are enabled.
 *
 * A camera that cannot be reached at the start is tried for ever, except where a number of frames
 * ends the run: it would never come to an end.
 */
export function configuredCameras(
  config: Config,
  { custom = {}, framesMax }: ConfiguredCamerasOptions = {},
): readonly ConfiguredCamera[] {
  const firstOpenMustSucceed = framesMax !== undefined;
  return Object.entries(config.cameras)
    .filter(([, { enabled }]) => enabled)
    .map(([name, camera]) => ({
      name,
      config: camera,
      source: custom[name] ?? sourceOf(camera, config.seed, firstOpenMustSucceed),
    }));
}

function sourceOf(camera: CameraConfig, seed: number, firstOpenMustSucceed: boolean): Source {
  const { source, detectSource, detectToleranceMs: toleranceMs, fps } = camera;
  const options = { ...sourceOptions(camera), seed, firstOpenMustSucceed };
  if (detectSource === null) return createSource(source, { ...options, ...fpsOption(fps) });
  // Twice the rate halves the time between a picture and its counterpart.
  const main = createSource(source, { ...options, ...fpsOption(fps === null ? null : 2 * fps) });
  const detect = createSource(detectSource, { ...options, ...fpsOption(fps) });
  return pairedSource(detect, main, { toleranceMs });
}

function sourceOptions(camera: CameraConfig): SourceOptions {
  const { loop, maxSidePixels, openMs, stallMs, hardware, allowRedirects } = camera;
  const { user, password, passwordFile } = camera;
  return {
    loop,
    maxSide: maxSidePixels,
    openMs,
    stallMs,
    hardware,
    allowRedirects,
    ...(user === null ? {} : { user }),
    ...(password === null ? {} : { password }),
    ...(passwordFile === null ? {} : { passwordFile }),
  };
}

function fpsOption(fps: number | null): { readonly fps?: number } {
  return fps === null ? {} : { fps };
}

export interface OpenCamerasParts {
  readonly config: Config;
  readonly detector: Pick<Detector, 'detect' | 'describe' | 'parallel'>;
  readonly learner: Pick<Learner, 'embedCrops' | 'cropSize' | 'embedding'>;
  readonly heads: HeadHistory;
  readonly clusters: Clusters;
  readonly pacing: Pacing;
  readonly size: Pick<LiveSize, 'viewSize' | 'viewSizes$'>;
  /** See `CameraParts.givesWay`. */
  readonly givesWay?: () => boolean;
  /** Most frames to capture per camera. */
  readonly framesMax: number | undefined;
  /** Id of the first track of every camera. */
  readonly firstTrackId: number;
}

/** Makes the cameras. They share clusters and novelty, so that an unknown is one to all of them. */
export function openCameras(
  configured: readonly ConfiguredCamera[],
  parts: OpenCamerasParts,
): ReadonlyMap<string, Camera> {
  const { config, detector, learner, heads, clusters, pacing, size } = parts;
  const { framesMax, firstTrackId, givesWay } = parts;
  const shared = { clusters, novelty: new Novelty({ embeddingLength: learner.embedding.length }) };
  return new Map(
    configured.map((each) => {
      const camera = new Camera({
        name: each.name,
        config: each.config,
        source: each.source,
        viewSize: size.viewSize,
        viewSizes$: size.viewSizes$,
        seeing: config.detect,
        track: { ...trackOptions(config.track, each.source), firstId: firstTrackId },
        detector,
        learner,
        discoverer: new Discoverer(discoverOptions(config), shared),
        headOf: (version) => heads.detectedWith(version),
        pacing,
        recentFrames: pacing.inStep ? 0 : recentFramesKept,
        ...(framesMax === undefined ? {} : { framesMax }),
        ...(givesWay === undefined ? {} : { givesWay }),
      });
      return [each.name, camera] as const;
    }),
  );
}

/** Base names that count for little do not keep an object from being asked about. */
function discoverOptions({ discover, track }: Config): Partial<DiscovererOptions> {
  const share = track.baseScoreMin / recognitionDefaults.baseScoreMin;
  return { ...discover, agreedScoreMin: share * discovererDefaults.agreedScoreMin };
}

/** An object in a picture that stands alone is seen once. */
function trackOptions(track: Config['track'], source: Source): Config['track'] {
  return source.still === true ? { ...track, minHits: 1 } : track;
}
