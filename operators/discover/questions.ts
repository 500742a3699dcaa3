/** Maximum number of tracks whose standing is remembered; the oldest is forgotten. */
export const standingsMax = 1024;

/** Whether the samples of an object that one track shows are asked about. */
export interface Standing {
  readonly camera: string;
  readonly trackId: number;
  /** When the track began to show this object: earlier samples of it are of another one. */
  readonly sinceMs: number;
  readonly asked: boolean;
}

interface CountedStanding extends Standing {
  /** Whether it is asked about, and was counted so. */
  readonly isCounted: boolean;
}

/**
 * Which tracked objects are asked about. Samples are taken early, while a question is shown only
 * once the life of its track speaks for it, and is withdrawn where the object turns out to be a
 * known one or a part of one. Shared by all cameras.
 */
export class Questions {
  /** Objects that were asked about, each time that it began, unless it was answered already. */
  asked = 0;
  /** Of these, objects that are no longer asked about, because of what was seen, unanswered. */
  withdrawn = 0;
  /**
   * Whether a cluster has unlabelled samples that are asked about. Whoever keeps the samples sets
   * it; null where nobody does, and no question outlasts the track that it is about.
   */
  hasSamples: ((clusterId: string) => boolean) | null = null;
  /** By camera and track, in order of the last change. */
  readonly #standings = new Map<string, CountedStanding>();
  readonly #changed = new Map<string, Standing>();

  /** Tracks whose standing is remembered. */
  get size(): number {
    return this.#standings.size;
  }

  /**
   * Notes whether the object that a track shows by now is asked about.
   *
   * @param isAnswered Whether its cluster has a label: nobody sees a question then.
   */
  note(standing: Standing, isAnswered = false): void {
    const key = trackKey(standing);
    const before = this.#standings.get(key);
    const isSame = before?.sinceMs === standing.sinceMs;
    if (isSame && before.asked === standing.asked) return;
    const isCounted = standing.asked && !isAnswered;
    if (isCounted) this.asked++;
    else if (isSame && before.isCounted && !isAnswered) this.withdrawn++;
    put(this.#standings, key, { ...standing, isCounted });
    put(this.#changed, key, standing);
  }

  /** The standing of the object that a track showed at that time; null where it is not known. */
  standingOf(track: Pick<Standing, 'camera' | 'trackId'>, timestampMs: number): Standing | null {
    const standing = this.#standings.get(trackKey(track));
    return standing !== undefined && timestampMs >= standing.sinceMs ? standing : null;
  }

  /** What has changed since the last call, at most one standing per track, oldest first. */
  takeChanged(): readonly Standing[] {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    return changed;
  }
}

/** A track among those of all cameras. */
export function trackKey({ camera, trackId }: Pick<Standing, 'camera' | 'trackId'>): string {
  return `${trackId} ${camera}`;
}

/** Sets an entry as the newest; the oldest goes where there are too many. */
function put<S>(map: Map<string, S>, key: string, standing: S): void {
  map.delete(key);
  map.set(key, standing);
  const [oldest] = map.keys();
  if (map.size > standingsMax && oldest !== undefined) map.delete(oldest);
}
