import { centreOf, type Box } from '../foundation/geometry/box.ts';
import type { Track } from '../track/track.ts';
import { ClutterMemory, clutterDefaults, type ClutterOptions } from './clutter.ts';

export interface SamplerOptions extends ClutterOptions {
  /** Samples of one track. ≥ 1. Default: 5. */
  readonly samplesPerTrackMax: number;
  /** Time between two samples of one track, in ms. ≥ 0. Default: 800. */
  readonly sampleEveryMs: number;
  /** Samples of one camera in any minute. ≥ 1. Default: 60. */
  readonly samplesPerMinute: number;
  /** Samples of one camera in any minute that are of things at rest. ≥ 0. Default: 6. */
  readonly staticSamplesPerMinute: number;
  /** Things at rest that one cluster may offer. ≥ 0. Default: 3. */
  readonly staticPerCluster: number;
  /** Way from where it was first seen from which on a track is a mover, in multiples of its diagonal. Default: 0.5. */
  readonly moverTravel: number;
  /** A track that hasn't moved within this time is at rest, in ms. ≥ 0. Default: 2000. */
  readonly settleMs: number;
}

export const samplerDefaults: SamplerOptions = {
  ...clutterDefaults,
  samplesPerTrackMax: 5,
  sampleEveryMs: 800,
  samplesPerMinute: 60,
  staticSamplesPerMinute: 6,
  staticPerCluster: 3,
  moverTravel: 0.5,
  settleMs: 2000,
};

/** What the sampler has to know of one track. */
interface Followed {
  readonly start: readonly [x: number, y: number];
  moved: boolean;
  samples: number;
  /** When it was last sampled, or refused for want of budget. */
  triedMs: number;
}

/** Clusters whose offers at rest are counted; above it the oldest count is forgotten. */
const clusterCountsMax = 1024;

/**
 * Decides when an unknown track of one camera deserves a sample: a few, spread over its life.
 *
 * What moves is sampled as it turns its sides to the camera. What rests is shown once for
 * its place and look, and only so many of one cluster: it is furniture until told otherwise.
 */
export class Sampler {
  sampled = 0;
  /** Samples that were due and not taken: over the minute's budget, or one of many alike at rest. */
  readonly skipped = { rate: 0, staticRate: 0, staticAlike: 0 };
  readonly #options: SamplerOptions;
  readonly #clutter: ClutterMemory;
  readonly #followed = new Map<number, Followed>();
  readonly #staticOfCluster = new Map<string, number>();
  readonly #sampledMs: number[] = [];
  readonly #staticSampledMs: number[] = [];

  constructor(options: Partial<SamplerOptions> = {}) {
    this.#options = { ...samplerDefaults, ...options };
    this.#clutter = new ClutterMemory(this.#options);
  }

  /** Places where something unknown rests or rested. */
  get places(): number {
    return this.#clutter.size;
  }

  /** Must see every confirmed track in every frame, unknown or not, to know what moves. */
  follow(track: Track): void {
    const [x, y] = centreOf(track.box);
    let followed = this.#followed.get(track.id);
    if (followed === undefined) {
      followed = { start: [x, y], moved: false, samples: 0, triedMs: -Infinity };
      this.#followed.set(track.id, followed);
    }
    // Way as the crow flies: what trembles covers a long way and gets nowhere.
    const way = Math.hypot(x - followed.start[0], y - followed.start[1]);
    if (way >= this.#options.moverTravel * diagonalOf(track.box)) followed.moved = true;
  }

  forget(trackId: number): void {
    this.#followed.delete(trackId);
  }

  /** Whether this followed unknown track is to be sampled in this frame; counts it as sampled if so. */
  take(track: Track, clusterId: string, nowMs: number): boolean {
    const o = this.#options;
    const followed = this.#followed.get(track.id);
    if (followed === undefined) return false;
    const resting = !followed.moved && nowMs - track.firstSeenMs >= o.settleMs;
    const news = resting && this.#clutter.isNews(track.box, clusterId, nowMs);
    if (!followed.moved && !(news && followed.samples === 0)) return false;
    if (followed.samples >= o.samplesPerTrackMax) return false;
    if (nowMs - followed.triedMs < o.sampleEveryMs) return false;
    followed.triedMs = nowMs;
    if (!this.#withinBudget(this.#sampledMs, o.samplesPerMinute, nowMs)) {
      this.skipped.rate++;
      return false;
    }
    if (resting && !this.#takeStatic(track, clusterId, nowMs)) return false;
    this.#sampledMs.push(nowMs);
    followed.samples++;
    this.sampled++;
    return true;
  }

  #takeStatic(track: Track, clusterId: string, nowMs: number): boolean {
    const o = this.#options;
    const before = this.#staticOfCluster.get(clusterId) ?? 0;
    if (before >= o.staticPerCluster) {
      this.skipped.staticAlike++;
      this.#clutter.offered(track.box, clusterId, nowMs);
      return false;
    }
    if (!this.#withinBudget(this.#staticSampledMs, o.staticSamplesPerMinute, nowMs)) {
      this.skipped.staticRate++;
      return false;
    }
    this.#staticSampledMs.push(nowMs);
    this.#clutter.offered(track.box, clusterId, nowMs);
    this.#staticOfCluster.set(clusterId, before + 1);
    const [oldest] = this.#staticOfCluster.keys();
    if (this.#staticOfCluster.size > clusterCountsMax && oldest !== undefined) {
      this.#staticOfCluster.delete(oldest);
    }
    return true;
  }

  /** `times` holds at most a minute's budget. */
  #withinBudget(times: number[], perMinute: number, nowMs: number): boolean {
    while (times.length > 0 && Math.abs(nowMs - times[0]!) >= 60_000) times.shift();
    return times.length < perMinute;
  }
}

function diagonalOf(box: Box): number {
  return Math.hypot(box[2] - box[0], box[3] - box[1]);
}
