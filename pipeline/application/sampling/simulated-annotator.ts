import { Subject, type Observable } from 'rxjs';
import { intersectionOverUnion, type Box } from '../../../operators/foundation/geometry/box.ts';
import type { Frame, TruthBox } from '../../../operators/ingest/frames/frame.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { Command, CommandRequest } from '../../../sinks/events.ts';

export interface SimulatedAnnotatorOptions {
  /** Virtual ms between a sample and its label. */
  readonly delayMs: number;
  /** Labels that may wait; samples beyond it stay unlabelled. Default: 256. */
  readonly waitingMax?: number;
}

interface Waiting {
  readonly dueMs: number;
  readonly command: Command;
}

/** IoU from which on a sample shows an object of the simulation. */
const sameObject = 0.5;
/** IoU below which it shows none; samples in between are left unlabelled, as a person would. */
const otherPlace = 0.2;
/** Share of an object that has to be visible before a person would name it. */
const visibleMin = 0.6;

/**
 * Labels samples of a simulated camera from its ground truth, after a delay, as a person at the
 * dashboard would: samples of objects get the object's class, samples of nothing are dismissed.
 */
export class SimulatedAnnotator {
  readonly #delayMs: number;
  readonly #waitingMax: number;
  readonly #waiting: Waiting[] = [];
  readonly #commands = new Subject<CommandRequest>();
  /** Samples for which there was no room among the waiting labels. */
  passedOver = 0;

  constructor({ delayMs, waitingMax = 256 }: SimulatedAnnotatorOptions) {
    this.#delayMs = delayMs;
    this.#waitingMax = waitingMax;
  }

  /** Label commands, when they are due. */
  get commands$(): Observable<CommandRequest> {
    return this.#commands.asObservable();
  }

  /** Receives a sample that was taken of this frame; frames without ground truth are ignored. */
  observe(sample: Sample, frame: Pick<Frame, 'truth' | 'timestampMs'>): void {
    if (frame.truth === undefined) return;
    const command = commandFor(sample, frame.truth);
    if (command === null) return;
    if (this.#waiting.length >= this.#waitingMax) this.passedOver++;
    else this.#waiting.push({ dueMs: frame.timestampMs + this.#delayMs, command });
  }

  /** Sends the commands that are due at this virtual time in order, each after the last's reply. */
  async issueDue(nowMs: number): Promise<void> {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.dueMs > nowMs) return;
      this.#waiting.shift();
      // Without a subscriber there is nobody to reply.
      if (!this.#commands.observed) continue;
      await new Promise<void>((resolve) => {
        this.#commands.next({
          command: next.command,
          by: 'simulation',
          principal: { kind: 'simulation', name: null, scope: 'label' },
          reply: () => resolve(),
        });
      });
    }
  }
}

function commandFor(sample: Sample, truths: readonly TruthBox[]): Command | null {
  const target = { sampleId: sample.id };
  const best = bestMatch(sample.box, truths);
  if (best === null || best.overlap < otherPlace) return { command: 'dismiss', target };
  const { truth, overlap } = best;
  if (overlap < sameObject || truth.visible < visibleMin) return null;
  return { command: 'label', class: truth.class, target };
}

function bestMatch(
  box: Box,
  truths: readonly TruthBox[],
): { readonly truth: TruthBox; readonly overlap: number } | null {
  let best: { truth: TruthBox; overlap: number } | null = null;
  for (const truth of truths) {
    const overlap = intersectionOverUnion(box, truth.box);
    if (best === null || overlap > best.overlap) best = { truth, overlap };
  }
  return best;
}
