import type { ErrorCode } from '../../../operators/foundation/errors/error-codes.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Head } from '../../../operators/detect/heads/head.ts';
import { sampleOf, trainingExamples } from '../../../operators/learn/examples/example-of-sample.ts';
import type { Change, Example, Strategy } from '../../../operators/learn/strategy.ts';
import type { SampleMemory } from '../../../operators/remember/sample.ts';
import { joinRows } from '../../../operators/foundation/linear-algebra/join-rows.ts';
import type { CachedExamples } from './cache/examples-file.ts';
import type { UpdateReport } from './learning-report.ts';
import type { StepLearner, StepPicture } from '../protocols/protocol.ts';

/** Default cap on the vectors of one change, which an update holds beside the strategy's state. */
const defaultChangeBytesMax = 128 * 1024 ** 2;

/** Dependencies of a {@link BenchLearner}. */
export interface BenchLearnerParts {
  readonly strategy: Strategy;
  /** Backs the strategy's `replay`; null for a strategy that does not rehearse. */
  readonly memory: SampleMemory | null;
  readonly examplesOf: (picture: StepPicture) => Promise<CachedExamples>;
  readonly signal: AbortSignal;
  /** A change is closed once its vectors reach this many bytes. Default: 128 MiB. */
  readonly changeBytesMax?: number;
}

/** The strategy rejects its input or its cap, usually for want of memory. Exit code 1. */
export class StrategyError extends Error {
  override readonly name = 'StrategyError';
  readonly code: ErrorCode<'StrategyError'> = 'refused';
}

/**
 * Wraps a strategy's RangeError in a {@link StrategyError}; returns other errors unchanged.
 * `memoryBytes` is the cap of the sample memory, null for a strategy without one.
 */
export function asStrategyError(name: string, memoryBytes: number | null, cause: unknown): unknown {
  if (!(cause instanceof RangeError)) return cause;
  const beside = memoryBytes === null ? '' : `, beside a sample memory of ${memoryBytes}`;
  return new StrategyError(`strategy ${name}: ${cause.message}${beside}`, { cause });
}

/**
 * Runs a strategy and its sample memory without threads, gate or swap: every draft head is final.
 * As in `lifelens teach`, objects with a box enter the memory, and negatives are used once.
 */
export class BenchLearner implements StepLearner {
  readonly #parts: BenchLearnerParts;
  readonly #updates: UpdateReport[] = [];
  #head = emptyHead();
  #steps = 0;
  #samples = 0;
  #bytesPeak = 0;

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

  /** Maximum of `bytes` over all updates. */
  get bytesPeak(): number {
    return this.#bytesPeak;
  }

  /** Every update so far. */
  get updates(): readonly UpdateReport[] {
    return this.#updates;
  }

  async learn(pictures: readonly StepPicture[]): Promise<Head> {
    this.#steps++;
    const { changeBytesMax = defaultChangeBytesMax } = this.#parts;
    let pending = new PendingChange();
    for (const picture of pictures) {
      this.#parts.signal.throwIfAborted();
      pending.add(await this.#parts.examplesOf(picture), `${this.#steps}/`);
      if (pending.bytes < changeBytesMax) continue;
      await this.#update(pending.change());
      pending = new PendingChange();
    }
    if (pending.pictures > 0) await this.#update(pending.change());
    return this.#head;
  }

  async update(change: Omit<Change, 'replay'>): Promise<Head> {
    this.#steps++;
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
      throw asStrategyError(strategy.name, memory?.bytesMax ?? null, cause);
    });
    const updateMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(cpuBefore);
    this.#head = { ...draft, version: this.#head.version + 1 };
    this.#bytesPeak = Math.max(this.#bytesPeak, this.bytes);
    const negatives = change.added.filter(({ label }) => label === null).length;
    this.#updates.push({
      step: this.#steps,
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
      timestampMs: this.#steps,
      box: [0, 0, 1, 1],
      novelty: 0,
      thumbnail: new Uint8Array(0),
      label: { kind: 'class', class: label, by: 'set', atMs: this.#steps },
      heldOut: false,
    });
    memory.insert(sample);
  }
}

/** Collects the examples of several pictures into one change. */
class PendingChange {
  pictures = 0;
  bytes = 0;
  readonly #added: Example[] = [];
  readonly #backgrounds: Float32Array[] = [];
  #backgroundWeight = 1;

  /** `prefix` keeps the ids of one picture apart where two steps show it. */
  add({ examples, negatives, background, backgroundWeight }: CachedExamples, prefix: string): void {
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
