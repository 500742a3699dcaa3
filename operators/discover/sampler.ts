import { centreOf, type Box } from '../foundation/geometry/box.ts';
import type { Track } from '../track/track.ts';
import { ClutterMemory, clutterDefaults, type ClutterOptions } from './clutter.ts';

export interface SamplerOptions extends ClutterOptions {
  /** Maximum number of samples per track, but see renewalsMax. ≥ 1. Default: 5. */
  readonly samplesPerTrackMax: number;
  /** Minimum interval between two samples of one track, in ms. ≥ 0. Default: 800. */
  readonly sampleEveryMs: number;
  /** Samples per camera in any minute. ≥ 1. Default: 60. */
  readonly samplesPerMinute: number;
  /** Of these, samples of stationary objects. ≥ 0. Default: 6. */
  readonly staticSamplesPerMinute: number;
  /** Samples of stationary objects per cluster, but see `trySample`. ≥ 0. Default: 3. */
  readonly staticSamplesPerCluster: number;
  /** Distance from its first position that makes a track a mover, in diagonals. Default: 0.5. */
  readonly moverTravel: number;
  /** A track that has not moved within this time is stationary, in ms. ≥ 0. Default: 2000. */
  readonly settleMs: number;
}

export const samplerDefaults: SamplerOptions = {
  ...clutterDefaults,
  samplesPerTrackMax: 5,
  sampleEveryMs: 800,
  samplesPerMinute: 60,
  staticSamplesPerMinute: 6,
  staticSamplesPerCluster: 3,
  moverTravel: 0.5,
  settleMs: 2000,
};

/** Maximum number of objects of one track after the first one that get a sample of their own. */
export const renewalsMax = 3;

/** Maximum number of samples of one object that are taken because its question has none. */
export const lackingMax = 5;
/** Time after the first of them until the next one, in ms; it doubles with each. */
const lackingFirstMs = 5000;

/** Sampling state of one track. */
interface ObservedTrack {
  readonly start: readonly [x: number, y: number];
  moved: boolean;
  samples: number;
  /** How often it turned out to show another object. */
  renewals: number;
  /** Whether no sample was taken since. */
  isRenewed: boolean;
  /** Samples of the object that it shows which were taken because its question had none. */
  lacked: number;
  /** When the next one may be, in ms. */
  lackingMs: number;
  /** Time of the latest sample or of the latest refusal for lack of budget. */
  triedMs: number;
}

/** Maximum number of clusters whose stationary samples are counted; the oldest is dropped. */
export const clusterCountsMax = 1024;

/**
 * Decides when an unknown track of one camera is sampled: a few times, spread over its life.
 *
 * Movers are sampled repeatedly, since they show several sides. A stationary object is sampled once
 * per place and cluster, and a bounded number of times per cluster: most of them are furniture.
 */
export class Sampler {
  sampled = 0;
  /** Samples due but over budget: per minute, stationary per minute, stationary per cluster. */
  readonly skipped = { rate: 0, staticRate: 0, staticAlike: 0 };
  readonly #options: SamplerOptions;
  readonly #clutter: ClutterMemory;
  readonly #tracks = new Map<number, ObservedTrack>();
  readonly #staticOfCluster = new Map<string, number>();
  readonly #sampledMs: number[] = [];
  readonly #staticSampledMs: number[] = [];

  constructor(options: Partial<SamplerOptions> = {}) {
    this.#options = { ...samplerDefaults, ...options };
    this.#clutter = new ClutterMemory(this.#options);
  }

  /** Places of stationary unknown objects, present or past. */
  get places(): number {
    return this.#clutter.size;
  }

  /** Updates a track's motion. Call it for every confirmed track of every frame, unknown or not. */
  observe(track: Track): void {
    const [x, y] = centreOf(track.box);
    let observed = this.#tracks.get(track.id);
    if (observed === undefined) {
      const none = { samples: 0, renewals: 0, isRenewed: false };
      const never = { lacked: 0, lackingMs: -Infinity, triedMs: -Infinity };
      observed = { start: [x, y], moved: false, ...none, ...never };
      this.#tracks.set(track.id, observed);
    }
    // Straight-line distance: the path of a jittering box grows without leaving its place.
    const distance = Math.hypot(x - observed.start[0], y - observed.start[1]);
    if (distance >= this.#options.moverTravel * diagonalOf(track.box)) observed.moved = true;
  }

  /**
   * Admits one more sample of a track that shows another object from now on, of which those before
   * say nothing; {@link renewalsMax} times at most.
   */
  renew(trackId: number): void {
    const observed = this.#tracks.get(trackId);
    if (observed === undefined || observed.renewals >= renewalsMax) return;
    observed.renewals++;
    observed.isRenewed = true;
    observed.lacked = 0;
    observed.lackingMs = -Infinity;
    observed.triedMs = -Infinity;
  }

  forget(trackId: number): void {
    this.#tracks.delete(trackId);
  }

  /**
   * Whether an observed unknown track is sampled in this frame; counts the sample if so.
   *
   * `lacksSample`: it is asked about, and there is no sample with which to ask. One is taken then
   * within the budgets of a minute alone. Where that sample could not be made, another one is taken
   * after 5 seconds, then after 10, and so on; {@link lackingMax} in all for each object.
   */
  trySample(track: Track, clusterId: string, nowMs: number, lacksSample = false): boolean {
    const o = this.#options;
    const observed = this.#tracks.get(track.id);
    if (observed === undefined) return false;
    const stationary = !observed.moved && nowMs - track.firstSeenMs >= o.settleMs;
    const isLacking = lacksSample && observed.lacked < lackingMax && nowMs >= observed.lackingMs;
    const isOwed = observed.isRenewed || isLacking;
    const allowed = stationary && this.#clutter.maySample(track.box, clusterId, nowMs);
    const isFirst = isOwed || (allowed && observed.samples === 0);
    if (!observed.moved && !(stationary && isFirst)) return false;
    if (observed.samples >= o.samplesPerTrackMax && !isOwed) return false;
    if (nowMs - observed.triedMs < o.sampleEveryMs) return false;
    observed.triedMs = nowMs;
    if (!this.#withinBudget(this.#sampledMs, o.samplesPerMinute, nowMs)) {
      this.skipped.rate++;
      return false;
    }
    if (stationary && !this.#tryStatic(track, clusterId, nowMs, isLacking)) {
      // Where the cluster has enough samples, there is nothing to wait for.
      observed.isRenewed &&= this.#staticOf(clusterId) < o.staticSamplesPerCluster;
      return false;
    }
    this.#sampledMs.push(nowMs);
    observed.samples++;
    observed.isRenewed = false;
    if (isLacking) observed.lackingMs = nowMs + lackingFirstMs * 2 ** observed.lacked++;
    this.sampled++;
    return true;
  }

  #staticOf(clusterId: string): number {
    return this.#staticOfCluster.get(clusterId) ?? 0;
  }

  #tryStatic(track: Track, clusterId: string, nowMs: number, isLacking: boolean): boolean {
    const o = this.#options;
    const before = this.#staticOf(clusterId);
    if (before >= o.staticSamplesPerCluster && !isLacking) {
      this.skipped.staticAlike++;
      this.#clutter.exclude(track.box, clusterId, nowMs);
      return false;
    }
    if (!this.#withinBudget(this.#staticSampledMs, o.staticSamplesPerMinute, nowMs)) {
      this.skipped.staticRate++;
      return false;
    }
    this.#staticSampledMs.push(nowMs);
    this.#clutter.exclude(track.box, clusterId, nowMs);
    this.#staticOfCluster.set(clusterId, before + 1);
    const [oldest] = this.#staticOfCluster.keys();
    if (this.#staticOfCluster.size > clusterCountsMax && oldest !== undefined) {
      this.#staticOfCluster.delete(oldest);
    }
    return true;
  }

  /** `times` holds at most one minute's budget. */
  #withinBudget(times: number[], perMinute: number, nowMs: number): boolean {
    while (times.length > 0 && Math.abs(nowMs - times[0]!) >= 60_000) times.shift();
    return times.length < perMinute;
  }
}

function diagonalOf(box: Box): number {
  return Math.hypot(box[2] - box[0], box[3] - box[1]);
}
