import { intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import type { Frame, TruthBox } from '../../../operators/ingest/frames/frame.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { Command, CommandResult } from '../../../sinks/events.ts';

export interface SimulatedAnnotatorOptions {
  /** Virtual ms between a sample and its name. */
  readonly delayMs: number;
  /** Labels that may wait; a sample beyond it stays unnamed. */
  readonly waitingMax?: number;
}

interface Waiting {
  readonly dueMs: number;
  readonly command: Command;
}

/** Overlap, as IoU, from which on a sample shows an object of the simulation. */
const sameObject = 0.5;
/** Overlap below which it shows none; what lies between is left alone, as a person would. */
const otherPlace = 0.2;
/** Share of an object that has to be seen before anybody would name it. */
const visibleMin = 0.6;

/**
 * Names samples of a simulated camera from its ground truth, after a delay, as a person would who
 * watches the dashboard: what shows an object gets its name, what shows none is dismissed.
 */
export class SimulatedAnnotator {
  readonly #delayMs: number;
  readonly #waitingMax: number;
  readonly #waiting: Waiting[] = [];
  /** Samples that found no place in the queue. */
  passedOver = 0;

  constructor({ delayMs, waitingMax = 256 }: SimulatedAnnotatorOptions) {
    this.#delayMs = delayMs;
    this.#waitingMax = waitingMax;
  }

  /** Sees a sample that was taken of this frame; frames without ground truth teach nothing. */
  see(sample: Sample, frame: Pick<Frame, 'truth' | 'timestampMs'>): void {
    if (frame.truth === undefined) return;
    const target = { sampleId: sample.id };
    const best = bestMatch(sample, frame.truth);
    const command: Command | null =
      best !== null && best.overlap >= sameObject && best.truth.visible >= visibleMin
        ? { command: 'label', class: best.truth.class, target }
        : best === null || best.overlap < otherPlace
          ? { command: 'dismiss', target }
          : null;
    if (command === null) return;
    if (this.#waiting.length >= this.#waitingMax) this.passedOver++;
    else this.#waiting.push({ dueMs: frame.timestampMs + this.#delayMs, command });
  }

  /** Says what is due at this virtual time, in order. */
  async speak(
    nowMs: number,
    handle: (command: Command, by: string) => Promise<CommandResult>,
  ): Promise<void> {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.dueMs > nowMs) return;
      this.#waiting.shift();
      await handle(next.command, 'simulation');
    }
  }
}

function bestMatch(
  sample: Sample,
  truths: readonly TruthBox[],
): { readonly truth: TruthBox; readonly overlap: number } | null {
  let best: { truth: TruthBox; overlap: number } | null = null;
  for (const truth of truths) {
    const overlap = intersectionOverUnion(sample.box, truth.box);
    if (best === null || overlap > best.overlap) best = { truth, overlap };
  }
  return best;
}
