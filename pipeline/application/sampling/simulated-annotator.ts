import { Subject, type Observable } from 'rxjs';
import { intersectionOverUnion, type Box } from '../../../operators/foundation/geometry/box.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { Frame, TruthBox } from '../../../operators/ingest/frames/frame.ts';
import type { Sample } from '../../../operators/remember/sample.ts';
import type { Command, CommandRequest, CommandResult } from '../../../sinks/events.ts';

export interface SimulatedAnnotatorOptions {
  /** Virtual ms between a sample and its label. */
  readonly labelDelayMs: number;
  /** Labels and corrections that may wait; those beyond it are never given. Default: 256. */
  readonly waitingMax?: number;
  /** Share of class labels that name another class, one seen before. Default: 0. */
  readonly wrongLabelShare?: number;
  /**
   * Virtual ms from a wrong label until it is undone and the right one is given; null: never.
   * Default: null.
   */
  readonly correctionDelayMs?: number | null;
  /** Draws which labels are wrong, and their classes. Default: 1. */
  readonly seed?: number;
}

type LabelCommand = Extract<Command, { readonly command: 'label' }>;

interface Waiting {
  readonly dueMs: number;
  /** Sent one after another. */
  readonly commands: readonly Command[];
  /** For a single wrong label: the right one. */
  readonly right?: LabelCommand;
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
 * Some labels may be wrong, and corrected later.
 */
export class SimulatedAnnotator {
  readonly #labelDelayMs: number;
  readonly #waitingMax: number;
  readonly #wrongLabelShare: number;
  readonly #correctionDelayMs: number | null;
  readonly #random: () => number;
  /** By the time that they are due. */
  readonly #waiting: Waiting[] = [];
  /** True classes of the samples so far: only these are confused. */
  readonly #seen = new Set<string>();
  readonly #commands = new Subject<CommandRequest>();
  /** Labels and corrections for which there was no room among the waiting ones. */
  passedOver = 0;

  constructor({
    labelDelayMs,
    waitingMax = 256,
    wrongLabelShare = 0,
    correctionDelayMs = null,
    seed = 1,
  }: SimulatedAnnotatorOptions) {
    this.#labelDelayMs = labelDelayMs;
    this.#waitingMax = waitingMax;
    this.#wrongLabelShare = wrongLabelShare;
    this.#correctionDelayMs = correctionDelayMs;
    this.#random = seededRandom(seed);
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
    const dueMs = frame.timestampMs + this.#labelDelayMs;
    this.#wait(
      command.command === 'label' ? this.#labelAt(dueMs, command) : { dueMs, commands: [command] },
    );
  }

  /** Sends the commands that are due at this virtual time in order, each after the last's reply. */
  async issueDue(nowMs: number): Promise<void> {
    for (;;) {
      const next = this.#waiting[0];
      if (next === undefined || next.dueMs > nowMs) return;
      this.#waiting.shift();
      // Without a subscriber there is nobody to reply.
      if (!this.#commands.observed) continue;
      let result: CommandResult | null = null;
      for (const command of next.commands) result = await this.#send(command);
      const { right } = next;
      if (right === undefined || result?.ok !== true || this.#correctionDelayMs === null) continue;
      const undo = { command: 'undo', labelId: result.labelId! } as const;
      this.#wait({ dueMs: next.dueMs + this.#correctionDelayMs, commands: [undo, right] });
    }
  }

  /** A label as drawn: right, or of another class that was seen before, where there is one. */
  #labelAt(dueMs: number, right: LabelCommand): Waiting {
    const isWrong = this.#wrongLabelShare > 0 && this.#random() < this.#wrongLabelShare;
    const others = isWrong ? [...this.#seen].filter((name) => name !== right.class) : [];
    this.#seen.add(right.class);
    const wrong = others[Math.floor(this.#random() * others.length)];
    if (wrong === undefined) return { dueMs, commands: [right] };
    return { dueMs, commands: [{ ...right, class: wrong }], right };
  }

  /** Keeps the order of times; of equal times, that of calls. */
  #wait(entry: Waiting): void {
    if (this.#waiting.length >= this.#waitingMax) {
      this.passedOver++;
      return;
    }
    const after = this.#waiting.findLastIndex(({ dueMs }) => dueMs <= entry.dueMs);
    this.#waiting.splice(after + 1, 0, entry);
  }

  #send(command: Command): Promise<CommandResult> {
    return new Promise((resolve) => {
      this.#commands.next({
        command,
        by: 'simulation',
        principal: { kind: 'simulation', name: null, scope: 'label' },
        reply: resolve,
      });
    });
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
