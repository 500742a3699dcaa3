import { intersectionOverUnion, type Box } from '../foundation/geometry/box.ts';
import { likenessOf, lookOf } from './look-signature.ts';

/** What is known of a labelled sample when its side is decided. */
export interface SplitSubject {
  readonly id: string;
  readonly camera: string;
  /** Below 0 for a box that was drawn: it belongs to no track. */
  readonly trackId: number;
  /** In source pixels. */
  readonly box: Box;
  readonly timestampMs: number;
}

/** The side of a sample, as plain data to be stored with its label. */
export interface SplitDecision {
  readonly objectId: string;
  readonly heldOut: boolean;
  /** Samples that were held out so far and are trained on from now. */
  readonly moved: readonly string[];
  /** Other objects that turned out to be this one. */
  readonly merged: readonly string[];
  /** Base64 of the look's signature; null without a crop embedding. */
  readonly look: string | null;
}

/** One time that an object was seen: track, box (four), ms, look. */
type Sighting = readonly [number, number, number, number, number, number, string | null];

/** Plain data, to be stored. */
export interface SplitContents {
  readonly newest: number;
  /** Per class: objects, and those held out. */
  readonly classes: readonly (readonly [name: string, objects: number, heldOut: number])[];
  /** In the order in which they were last seen. */
  readonly objects: readonly {
    readonly id: string;
    readonly class: string;
    readonly camera: string;
    readonly heldOut: boolean;
    /** Ids of its samples if they are held out. */
    readonly samples: readonly string[];
    readonly sightings: readonly Sighting[];
  }[];
}

export const splitLimits = {
  /** Objects that are remembered over all cameras; the one not seen for longest is forgotten. */
  objectsMax: 4096,
  /** Sightings of an object that are remembered: the first ones and the newest. */
  sightingsMax: 6,
  /** Held-out samples of an object that are remembered, to be moved if it turns out as trained. */
  samplesMax: 256,
  /** Named objects of a class whose side is remembered. */
  namedMax: 512,
} as const;

/** Boxes that overlap so much are at the same place. */
const samePlace = 0.5;
/** A box at the same place within this time is the same object, whatever it looks like. */
const sameMomentMs = 2000;
/** An object at the same place at any time is the same one if it looks so much alike. */
const alikeAtPlace = 0.8;
/** An object anywhere in the camera's picture is the same one if it looks so much alike. */
const alikeAnywhere = 0.97;

interface SeenObject {
  readonly id: string;
  readonly class: string;
  readonly camera: string;
  heldOut: boolean;
  readonly samples: string[];
  readonly sightings: { readonly facts: Sighting; readonly look: Uint8Array | null }[];
}

/**
 * Decides which labelled objects are held out: evaluated on, never trained on. An object keeps its
 * side for ever.
 *
 * Whole objects are held out, not single pictures: samples of one object look alike, and one in
 * training would leak its sister in the test. Two samples of a camera are of one object if they
 * share a track, if their boxes overlap by half within 2 s, if they overlap by half at any time
 * and look alike, or if they look nearly the same. If a sample joins objects of different sides,
 * all of them are trained on: a sample that was trained on can never be held out.
 *
 * The n-th object of a class is held out whenever `n × share` passes a whole number, so that a
 * class's first objects all serve training. Objects and counts outlast the program in `contents`.
 */
export class HeldOutSplit {
  readonly #share: number;
  readonly #max: number;
  #newest = 0;
  readonly #counts = new Map<string, { objects: number; heldOut: number }>();
  /** Those seen last come last. */
  readonly #objects = new Map<string, SeenObject>();
  /** Decisions of {@link isHeldOut} by class. */
  readonly #named = new Map<string, Map<string, boolean>>();

  /** `share`: 0 to 0.5. `max`: most objects of one class that are held out. */
  constructor(share: number, max = 100, contents?: SplitContents) {
    this.#share = share;
    this.#max = max;
    if (contents === undefined) return;
    this.#newest = contents.newest;
    for (const [name, objects, heldOut] of contents.classes) {
      this.#counts.set(name, { objects, heldOut });
    }
    for (const { sightings, samples, ...facts } of contents.objects) {
      this.#objects.set(facts.id, {
        ...facts,
        samples: [...samples],
        sightings: sightings.map((sighting) => ({ facts: sighting, look: decode(sighting[6]) })),
      });
    }
  }

  get contents(): SplitContents {
    return {
      newest: this.#newest,
      classes: [...this.#counts].map(([name, { objects, heldOut }]) => [name, objects, heldOut]),
      objects: [...this.#objects.values()].map(({ samples, sightings, ...facts }) => ({
        ...facts,
        samples: [...samples],
        sightings: sightings.map((sighting) => sighting.facts),
      })),
    };
  }

  /**
   * Decides the side of a labelled sample. `embedding` is that of its plain crop, empty without
   * one. Negatives count as a class of their own, `''`.
   */
  assign(subject: SplitSubject, className: string, embedding: Float32Array): SplitDecision {
    const look = lookOf(embedding);
    const found = this.#find(subject, look);
    const encoded = look === null ? null : Buffer.from(look).toString('base64');
    const objectId = found[0]?.id ?? `o${this.#newest + 1}`;
    const heldOut =
      found.length === 0 ? this.#isDue(className) : found.every((object) => object.heldOut);
    const moved = heldOut ? [] : found.flatMap(({ samples }) => samples);
    const merged = found.slice(1).map(({ id }) => id);
    const decision = { objectId, heldOut, moved, merged, look: encoded };
    this.apply(subject, className, decision);
    return decision;
  }

  /** Applies a decision of {@link assign} that was stored, without the sample's vectors. */
  apply(
    subject: SplitSubject,
    className: string,
    { objectId, heldOut, merged, look }: SplitDecision,
  ): void {
    const { id, camera, trackId, box, timestampMs } = subject;
    const object = this.#objects.get(objectId) ?? this.#add(objectId, className, camera, heldOut);
    for (const other of merged) this.#merge(object, other);
    if (object.heldOut && !heldOut) this.#release(object);
    const [x0, y0, x1, y1] = box.map(Math.round) as [number, number, number, number];
    remember(object, { facts: [trackId, x0, y0, x1, y1, timestampMs, look], look: decode(look) });
    if (heldOut && !object.samples.includes(id)) object.samples.push(id);
    object.samples.splice(0, Math.max(0, object.samples.length - splitLimits.samplesMax));
    this.#objects.delete(objectId);
    this.#objects.set(objectId, object);
    const [oldest] = this.#objects.keys();
    if (this.#objects.size > splitLimits.objectsMax) this.#objects.delete(oldest!);
  }

  /**
   * Whether an object of a class that is known by a name is held out; the answer does not change
   * while the object is among the class's newest `namedMax`. For sets, whose objects are given.
   */
  isHeldOut(className: string, objectName: string): boolean {
    let named = this.#named.get(className);
    if (named === undefined) this.#named.set(className, (named = new Map<string, boolean>()));
    const before = named.get(objectName);
    if (before !== undefined) return before;
    const heldOut = this.#isDue(className);
    this.#count(className, heldOut);
    named.set(objectName, heldOut);
    const [oldest] = named.keys();
    if (named.size > splitLimits.namedMax) named.delete(oldest!);
    return heldOut;
  }

  /** Whether the next new object of the class is to be held out. */
  #isDue(className: string): boolean {
    const { objects, heldOut } = this.#counts.get(className) ?? { objects: 0, heldOut: 0 };
    const due = Math.floor((objects + 1) * this.#share + 1e-9);
    return due > heldOut && heldOut < this.#max;
  }

  #add(id: string, className: string, camera: string, heldOut: boolean): SeenObject {
    this.#newest = Math.max(this.#newest, Number(id.slice(1)));
    this.#count(className, heldOut);
    return { id, class: className, camera, heldOut, samples: [], sightings: [] };
  }

  #count(className: string, heldOut: boolean): void {
    const counts = this.#counts.get(className) ?? { objects: 0, heldOut: 0 };
    this.#counts.set(className, counts);
    counts.objects++;
    if (heldOut) counts.heldOut++;
  }

  #merge(object: SeenObject, otherId: string): void {
    const other = this.#objects.get(otherId);
    if (other === undefined) return;
    this.#objects.delete(otherId);
    const counts = this.#counts.get(other.class);
    // One object fewer than was counted.
    if (counts !== undefined) counts.objects--;
    if (object.heldOut) object.samples.push(...other.samples);
    if (other.heldOut) this.#release(other);
    for (const sighting of other.sightings) remember(object, sighting);
  }

  /** A held-out object is trained on from now; another one can be held out in its place. */
  #release(object: SeenObject): void {
    object.heldOut = false;
    object.samples.length = 0;
    const counts = this.#counts.get(object.class);
    if (counts !== undefined) counts.heldOut--;
  }

  /** The objects that a sample shows, the oldest first. */
  #find(subject: SplitSubject, look: Uint8Array | null): SeenObject[] {
    const found: SeenObject[] = [];
    for (const object of this.#objects.values()) {
      if (object.camera !== subject.camera) continue;
      if (object.sightings.some((sighting) => isSame(subject, look, sighting))) found.push(object);
    }
    return found.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  }
}

function isSame(
  { trackId, box, timestampMs }: SplitSubject,
  look: Uint8Array | null,
  { facts, look: other }: SeenObject['sightings'][number],
): boolean {
  const [track, x0, y0, x1, y1, atMs] = facts;
  if (track === trackId && trackId >= 0) return true;
  const likeness = look === null || other === null ? null : likenessOf(look, other);
  if (likeness !== null && likeness >= alikeAnywhere) return true;
  if (intersectionOverUnion(box, [x0, y0, x1, y1]) < samePlace) return false;
  if (Math.abs(timestampMs - atMs) <= sameMomentMs) return true;
  // Without a crop only the place can tell.
  return likeness === null || likeness >= alikeAtPlace;
}

function remember({ sightings }: SeenObject, sighting: SeenObject['sightings'][number]): void {
  if (sightings.length >= splitLimits.sightingsMax) sightings.pop();
  sightings.push(sighting);
}

function decode(look: string | null): Uint8Array | null {
  return look === null ? null : Uint8Array.from(Buffer.from(look, 'base64'));
}
