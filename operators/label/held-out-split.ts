/** Objects of a class whose decision is remembered; beyond it the oldest is forgotten. */
const objectsRemembered = 512;

/**
 * Decides which labelled objects are held out: evaluated on, never trained on.
 *
 * Whole objects are held out, not single pictures: samples of one track look alike, and one in
 * training would leak its sister in the test. The n-th object of a class is held out whenever
 * `n × share` passes a whole number, so that a class's first objects all serve training.
 */
export class HeldOutSplit {
  readonly #share: number;
  readonly #max: number;
  readonly #decided = new Map<string, Map<string, boolean>>();
  readonly #counts = new Map<string, { objects: number; heldOut: number }>();

  /** `share`: 0 to 0.5. `max`: most objects of one class that are held out. */
  constructor(share: number, max = 100) {
    this.#share = share;
    this.#max = max;
  }

  /** Whether an object (camera and track) of a class is held out; the answer does not change. */
  isHeldOut(className: string, objectKey: string): boolean {
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
    // Labels of one track come close together, and tracks end.
    if (objects.size > objectsRemembered) {
      const oldest = objects.keys().next();
      if (oldest.done !== true) objects.delete(oldest.value);
    }
    return heldOut;
  }
}
