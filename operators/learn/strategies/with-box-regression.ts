import { openFile, sealFile } from '../../foundation/files/sealed-file.ts';
import { BoxSums } from '../solvers/box-sums.ts';
import type { Change, HeadDraft, Strategy } from '../strategy.ts';
import { BytesError } from './bytes-error.ts';

const kind = { name: 'strategy state', magic: 'LLBOXES_', version: 1 };

interface Header {
  /** Bytes of the inner strategy's state. */
  readonly inner: number;
}

/**
 * Adds the box regression, which is the same for all strategies, to any strategy.
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
    return this.#inner.classes;
  }

  get stateBytes(): number {
    return this.#inner.stateBytes + BoxSums.bytes;
  }

  async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
    // The inner update checks the examples and may fail, so it goes first.
    const draft = await this.#inner.update(change, signal).catch((error: unknown) => {
      throw includingBoxes(error);
    });
    this.#boxes = this.#boxes.with(change);
    const box = this.#boxes.solve();
    return box === null ? draft : { ...draft, box };
  }

  save(): Uint8Array {
    const inner = this.#inner.save();
    const header: Header = { inner: inner.length };
    return sealFile(kind, header, [this.#boxes.values, inner]);
  }

  restore(bytes: Uint8Array): void {
    const { header, take } = openFile(kind, bytes);
    // The checksum vouches for the shape: only save wrote it.
    const { inner } = header as Header;
    const values = new Float32Array(take(BoxSums.bytes));
    this.#inner.restore(new Uint8Array(take(inner)));
    this.#boxes = new BoxSums(values);
  }
}

function includingBoxes(error: unknown): unknown {
  return error instanceof BytesError ? error.plus(BoxSums.bytes) : error;
}
