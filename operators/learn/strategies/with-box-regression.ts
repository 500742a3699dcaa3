import {
  builtInLayout,
  describeLayout,
  type EmbeddingLayout,
  isSameLayout,
} from '../../detect/engines/embedding-layout.ts';
import { openFile, sealFile } from '../../foundation/files/sealed-file.ts';
import { BoxSums } from '../solvers/box-sums.ts';
import type { Change, HeadDraft, Strategy } from '../strategy.ts';
import { pauseOrAbort, runInSteps } from '../../foundation/threads/run-in-steps.ts';
import { checkChange } from '../examples/check-example.ts';
import { BytesError } from './bytes-error.ts';
import type { EmbeddingOption } from './embedding-option.ts';
import { hideMoved, withoutClasses } from './hidden-classes.ts';

const kind = { name: 'strategy state', magic: 'LLBOXES_', version: 1 };

interface Header {
  /** Bytes of the inner strategy's state. */
  readonly inner: number;
  /** Classes that the inner strategy still knows though they moved. Absent: none. */
  readonly hidden?: readonly string[];
  /** Layout of the embeddings that it learned from. Absent: the built-in encoder's. */
  readonly embedding?: EmbeddingLayout;
}

/** What all strategies share. */
interface CommonOptions extends EmbeddingOption {
  /** Bound on the state, boxes included. Default: none. */
  readonly bytesMax?: number | undefined;
  /** Awaited every few milliseconds of work. */
  readonly pause?: (() => Promise<void>) | undefined;
}

/**
 * Adds to any strategy what is the same for all: the box regression, and that a class which moved
 * is never predicted, also where the strategy does not read `Change.moved`.
 *
 * The {@link BoxSums.bytes} are subtracted from `bytesMax` before `create` is called; without a
 * bound, `create` gets none.
 *
 * @throws {BytesError} if `bytesMax` is too small; the message is about both together.
 */
export function withBoxRegression(
  { bytesMax, pause = () => Promise.resolve(), embedding = builtInLayout }: CommonOptions,
  create: (options: { readonly bytesMax?: number }) => Strategy,
): Strategy {
  const boxes = new BoxSums(embedding);
  const options = bytesMax === undefined ? {} : { bytesMax: bytesMax - boxes.bytes };
  try {
    return new WithBoxRegression(create(options), boxes, embedding, pause);
  } catch (error) {
    throw includingBoxes(error, boxes);
  }
}

class WithBoxRegression implements Strategy {
  /** Where the strategy has it. */
  readonly merge?: NonNullable<Strategy['merge']>;
  readonly #inner: Strategy;
  readonly #pause: () => Promise<void>;
  readonly #embedding: EmbeddingLayout;
  #boxes: BoxSums;
  #hidden: ReadonlySet<string> = new Set();

  constructor(
    inner: Strategy,
    boxes: BoxSums,
    embedding: EmbeddingLayout,
    pause: () => Promise<void>,
  ) {
    this.#inner = inner;
    this.#boxes = boxes;
    this.#embedding = embedding;
    this.#pause = pause;
    const merge = inner.merge?.bind(inner);
    if (merge !== undefined) this.merge = (bytes, signal) => this.#merge(merge, bytes, signal);
  }

  get name(): string {
    return this.#inner.name;
  }

  get paper(): string {
    return this.#inner.paper;
  }

  get classes(): readonly string[] {
    return this.#inner.classes.filter((name) => !this.#hidden.has(name));
  }

  get stateBytes(): number {
    return this.#inner.stateBytes + this.#boxes.bytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    await runInSteps(checkChange(change, this.#embedding.length), this.#pause, signal);
    // What can fail goes before the inner update, whose success is the success of both.
    const boxes = await runInSteps(this.#boxes.withInSteps(change), this.#pause, signal);
    const box = boxes.solve();
    const moved = hideMoved(this.#hidden, change);
    await pauseOrAbort(this.#pause, signal);
    const draft = await this.#inner.update(change, signal).catch((error: unknown) => {
      throw includingBoxes(error, boxes);
    });
    this.#boxes = boxes;
    // Most strategies move classes themselves and do not know these any more.
    this.#hidden = new Set(this.#inner.classes.filter((name) => moved.has(name)));
    const visible = withoutClasses(draft, this.#hidden);
    return box === null ? visible : { ...visible, box };
  }

  save(): Uint8Array {
    const inner = this.#inner.save();
    const hidden = [...this.#hidden];
    const embedding = this.#embedding;
    const header: Header = {
      inner: inner.length,
      ...(hidden.length > 0 && { hidden }),
      ...(!isSameLayout(embedding, builtInLayout) && { embedding }),
    };
    return sealFile(kind, header, [this.#boxes.values, inner]);
  }

  restore(bytes: Uint8Array): void {
    const { boxes, inner, hidden } = this.#open(bytes);
    this.#inner.restore(inner);
    this.#boxes = boxes;
    this.#hidden = hidden;
  }

  async #merge(
    mergeInner: NonNullable<Strategy['merge']>,
    bytes: Uint8Array,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    const { boxes: others, inner, hidden } = this.#open(bytes);
    const boxes = this.#boxes.plus(others);
    const before = new Set(this.classes);
    await mergeInner(inner, signal).catch((error: unknown) => {
      throw includingBoxes(error, boxes);
    });
    this.#boxes = boxes;
    // What either hid stays hidden, unless this one shows it.
    const known = this.#inner.classes;
    this.#hidden = new Set(
      known.filter((name) => !before.has(name) && (this.#hidden.has(name) || hidden.has(name))),
    );
  }

  #open(bytes: Uint8Array): {
    readonly boxes: BoxSums;
    readonly inner: Uint8Array;
    readonly hidden: ReadonlySet<string>;
  } {
    const { header, take } = openFile(kind, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { inner, hidden = [], embedding = builtInLayout } = header as Header;
    if (!isSameLayout(embedding, this.#embedding)) {
      const [saved, own] = [embedding, this.#embedding].map(describeLayout);
      throw new Error(`It was learned from embeddings of ${saved}, not of ${own}`);
    }
    const values = new Float32Array(take(this.#boxes.bytes));
    return {
      boxes: new BoxSums(embedding, values),
      inner: new Uint8Array(take(inner)),
      hidden: new Set(hidden),
    };
  }
}

function includingBoxes(error: unknown, { bytes }: BoxSums): unknown {
  return error instanceof BytesError ? error.plus(bytes) : error;
}
