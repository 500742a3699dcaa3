/**
 * Decides which labelled objects are only judged on, never trained on.
 *
 * By object, not by picture: samples of one track look alike, and one in training would give
 * its sister in the test away. The n-th object of a class is held out whenever `n × share`
 * passes a whole number, so a class's first objects all serve learning.
 */
export class HeldOut {
  readonly #share: number;
  readonly #max: number;
  readonly #decided = new Map<string, Map<string, boolean>>();
  readonly #counts = new Map<string, { objects: number; heldOut: number }>();

  /** `share`: 0 to 0.5. `max`: objects of one class that are held out at most. */
  constructor(share: number, max = 100) {
    this.#share = share;
    this.#max = max;
  }

  /** Whether the object (camera and track) is held out as one of this class; the same answer every time. */
  decide(className: string, objectKey: string): boolean {
    let objects = this.#decided.get(className);
    if (objects === undefined) this.#decided.set(className, (objects = new Map<string, boolean>()));
    const before = objects.get(objectKey);
    if (before !== undefined) return before;
    const counts = this.#counts.get(className) ?? { objects: 0, heldOut: 0 };
    counts.objects++;
    const due = Math.floor(counts.objects * this.#share + 1e-9);
    const heldOut = due > counts.heldOut && counts.heldOut < this.#max;
    if (heldOut) counts.heldOut++;
    this.#counts.set(className, counts);
    objects.set(objectKey, heldOut);
    // Tracks end; who asks about one again does so soon.
    if (objects.size > objectsRemembered) {
      const oldest = objects.keys().next();
      if (oldest.done !== true) objects.delete(oldest.value);
    }
    return heldOut;
  }
}

const objectsRemembered = 512;
