import { openFile, sealFile } from '../../foundation/files/sealed-file.ts';
import { BoxSums } from '../solvers/box-sums.ts';
import type { Change, HeadDraft, Strategy } from '../strategy.ts';
import { checkExample } from '../examples/check-example.ts';
import { BytesError } from './bytes-error.ts';
import { hideMoved, withoutClasses } from './hidden-classes.ts';

const kind = { name: 'strategy state', magic: 'LLBOXES_', version: 1 };

interface Header {
  /** Bytes of the inner strategy's state. */
  readonly inner: number;
  /** Classes that the inner strategy still knows though they moved. Absent: none. */
  readonly hidden?: readonly string[];
}

/**
 * Adds to any strategy what is the same for all: the box regression, and that a class which moved
 * is never predicted, also where the strategy does not read `Change.moved`.
 *
 * Its {@link BoxSums.bytes} are subtracted from `bytesMax` before `create` is called; without a
 * bound, `create` gets none.
 *
 * @throws {BytesError} if `bytesMax` is too small; the message is about both together.
 */
export function withBoxRegression(
  bytesMax: number | undefined,
  create: (options: { readonly bytesMax?: number }) => Strategy,
): Strategy {
  const options = bytesMax === undefined ? {} : { bytesMax: bytesMax - BoxSums.bytes };
  try {
    return new WithBoxRegression(create(options));
  } catch (error) {
    throw includingBoxes(error);
  }
}

class WithBoxRegression implements Strategy {
  readonly #inner: Strategy;
  #boxes = new BoxSums();
  #hidden: ReadonlySet<string> = new Set();

  constructor(inner: Strategy) {
    this.#inner = inner;
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
    return this.#inner.stateBytes + BoxSums.bytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    signal?.throwIfAborted();
    for (const example of [...change.added, ...change.removed]) checkExample(example);
    // What can fail goes before the inner update, whose success is the success of both.
    const boxes = this.#boxes.with(change);
    const box = boxes.solve();
    const moved = hideMoved(this.#hidden, change);
    const draft = await this.#inner.update(change, signal).catch((error: unknown) => {
      throw includingBoxes(error);
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
    const header: Header = { inner: inner.length, ...(hidden.length > 0 && { hidden }) };
    return sealFile(kind, header, [this.#boxes.values, inner]);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile(kind, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { inner, hidden = [] } = header as Header;
    const values = new Float32Array(take(BoxSums.bytes));
    this.#inner.restore(new Uint8Array(take(inner)));
    this.#boxes = new BoxSums(values);
    this.#hidden = new Set(hidden);
  }
}

function includingBoxes(error: unknown): unknown {
  return error instanceof BytesError ? error.plus(BoxSums.bytes) : error;
}
