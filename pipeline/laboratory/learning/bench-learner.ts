import type { ErrorCode } from '../../../operators/foundation/errors/error-codes.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { sampleOf, trainingExamples } from '../../../operators/learn/examples/sample-example.ts';
import type { Change, Example, Strategy } from '../../../operators/learn/strategy.ts';
import type { SampleMemory } from '../../../operators/remember/sample.ts';
import { joinRows } from '../../../operators/foundation/linear-algebra/join-rows.ts';
import type { KeptEvidence } from './evidence-file.ts';
import type { UpdateReport } from './learning-report.ts';
import type { StepLearner, StepPicture } from '../protocols/protocol.ts';

/** Vectors of one change, unless told otherwise: what an update holds besides the strategy's own. */
const defaultChangeBytesMax = 128 * 1024 ** 2;

/** What a {@link BenchLearner} works with. */
export interface BenchLearnerParts {
  readonly strategy: Strategy;
  /** What the strategy reads as `replay`; null for one that does not. */
  readonly memory: SampleMemory | null;
  readonly evidenceOf: (picture: StepPicture) => Promise<KeptEvidence>;
  readonly signal: AbortSignal;
  /** Pictures go into one change until their vectors take this many bytes. Default: 128 MiB. */
  readonly changeBytesMax?: number;
}

/** A strategy that refuses what it is given: too little memory for it, mostly. Exit code 1. */
export class StrategyError extends Error {
  override readonly name = 'StrategyError';
  readonly code: ErrorCode<'StrategyError'> = 'refused';
}

/** A strategy's RangeError as a {@link StrategyError}; other errors as they are. `memoryBytes`: the cap of what it reads, if it does. */
export function refusalOf(name: string, memoryBytes: number | null, cause: unknown): unknown {
  if (!(cause instanceof RangeError)) return cause;
  const beside = memoryBytes === null ? '' : `, beside a sample memory of ${memoryBytes}`;
  return new StrategyError(`strategy ${name}: ${cause.message}${beside}`, { cause });
}

/**
 * A strategy and its sample memory, given lessons without threads, gate or swap: what it drafts is what is judged.
 * As in `lifelens teach`, objects with a box enter the memory, and negatives are shown once.
 */
export class BenchLearner implements StepLearner {
  readonly #parts: BenchLearnerParts;
  readonly #updates: UpdateReport[] = [];
  #head = emptyHead();
  #lessons = 0;
  #samples = 0;
  #bytesMost = 0;

  constructor(parts: BenchLearnerParts) {
    this.#parts = parts;
  }

  get head(): Head {
    return this.#head;
  }

  get bytes(): number {
    const { strategy, memory } = this.#parts;
    return strategy.stateBytes + (memory?.bytes ?? 0);
  }

  /** The most that `bytes` was after an update. */
  get bytesMost(): number {
    return this.#bytesMost;
  }

  /** Every update so far. */
  get updates(): readonly UpdateReport[] {
    return this.#updates;
  }

  async learn(pictures: readonly StepPicture[]): Promise<Head> {
    this.#lessons++;
    const { changeBytesMax = defaultChangeBytesMax } = this.#parts;
    let lesson = new Lesson();
    for (const picture of pictures) {
      this.#parts.signal.throwIfAborted();
      lesson.take(await this.#parts.evidenceOf(picture), `${this.#lessons}/`);
      if (lesson.bytes < changeBytesMax) continue;
      await this.#update(lesson.change());
      lesson = new Lesson();
    }
    if (lesson.pictures > 0) await this.#update(lesson.change());
    return this.#head;
  }

  async update(change: Omit<Change, 'replay'>): Promise<Head> {
    this.#lessons++;
    return this.#update(change);
  }

  async #update(change: Omit<Change, 'replay'>): Promise<Head> {
    const { strategy, memory, signal } = this.#parts;
    if (memory !== null) {
      for (const { id } of change.removed) memory.remove(id);
      for (const example of change.added) this.#remember(example, memory);
    }
    const replay = () => (memory === null ? [] : trainingExamples(memory.values()));
    const cpuBefore = process.cpuUsage();
    const startedMs = performance.now();
    const draft = await strategy.update({ ...change, replay }, signal).catch((cause: unknown) => {
      throw refusalOf(strategy.name, memory?.bytesMax ?? null, cause);
    });
    const updateMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(cpuBefore);
    this.#head = { ...draft, version: this.#head.version + 1 };
    this.#bytesMost = Math.max(this.#bytesMost, this.bytes);
    const negatives = change.added.filter(({ label }) => label === null).length;
    this.#updates.push({
      step: this.#lessons,
      examples: change.added.length - negatives,
      negatives,
      classes: draft.classes.length,
      updateMs,
      cpuMs: (user + system) / 1000,
    });
    return this.#head;
  }

  #remember(example: Example, memory: SampleMemory): void {
    const { id, label } = example;
    if (label === null) return;
    const sample = sampleOf(example, {
      id,
      camera: 'bench',
      trackId: ++this.#samples,
      clusterId: label,
      timestampMs: this.#lessons,
      box: [0, 0, 1, 1],
      novelty: 0,
      thumbnail: new Uint8Array(0),
      label: { kind: 'class', class: label, by: 'set', atMs: this.#lessons },
      heldOut: false,
    });
    memory.insert(sample);
  }
}

/** The evidence of some pictures, on its way into one change. */
class Lesson {
  pictures = 0;
  bytes = 0;
  readonly #added: Example[] = [];
  readonly #backgrounds: Float32Array[] = [];
  #backgroundWeight = 1;

  /** `prefix` tells apart what one picture teaches in two lessons. */
  take({ examples, negatives, background, backgroundWeight }: KeptEvidence, prefix: string): void {
    for (const example of [...examples, ...negatives]) {
      this.#added.push({ ...example, id: `${prefix}${example.id}` });
      this.bytes += example.dense.byteLength + example.embeddings.byteLength;
    }
    this.#backgrounds.push(background);
    this.#backgroundWeight = backgroundWeight;
    this.bytes += background.byteLength;
    this.pictures++;
  }

  change(): Omit<Change, 'replay'> {
    return {
      added: this.#added,
      removed: [],
      background: joinRows(this.#backgrounds),
      backgroundWeight: this.#backgroundWeight,
    };
  }
}
