/** Whose a frame in the worker's queue is. */
const states = { open: 0, taken: 1, withdrawn: 2 } as const;

/**
 * Decides who has a frame that waits in the detect worker: the worker, which takes it to detect it,
 * or the caller, who withdraws it because a newer one is there. Whoever comes first has it.
 *
 * A caller that has withdrawn a frame may let its pixels be overwritten at once.
 */
export class DetectionClaim {
  /** One integer in shared memory, for {@link takeClaim} in the worker. */
  readonly cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

  get isWithdrawn(): boolean {
    return Atomics.load(this.cell, 0) === states.withdrawn;
  }

  /** Takes the frame back. False where the worker has it, or had it. */
  withdraw(): boolean {
    return Atomics.compareExchange(this.cell, 0, states.open, states.withdrawn) === states.open;
  }
}

/** Takes the frame of this claim in the worker. False where it was withdrawn. */
export function takeClaim(cell: Int32Array): boolean {
  return Atomics.compareExchange(cell, 0, states.open, states.taken) === states.open;
}
