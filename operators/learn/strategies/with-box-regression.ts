import { openFile, sealFile } from '../../foundation/files/sealed-file.ts';
import type { Change, HeadDraft, Strategy } from '../strategy.ts';
import { BoxSums } from '../solvers/box-sums.ts';
import { BytesError } from './bytes-error.ts';

const kind = { name: 'strategy state', magic: 'LLBOXES_', version: 1 };

/**
 * Any strategy, and the regression of boxes that is the same for all of them: what tells them apart is how they tell
 * classes apart. Its bytes, {@link BoxSums.bytes}, are taken off what the strategy may take.
 */
export class WithBoxes implements Strategy {
  readonly #inner: Strategy;
  #boxes = new BoxSums();

  constructor(inner: Strategy) {
    this.#inner = inner;
  }

  /**
   * Any strategy within so many bytes, those of the regression included; undefined for no bound.
   *
   * @throws {BytesError} where those are too few.
   */
  static within(
    bytesMax: number | undefined,
    create: (options: { readonly bytesMax?: number }) => Strategy,
  ): WithBoxes {
    try {
      return new WithBoxes(
        create(bytesMax === undefined ? {} : { bytesMax: bytesMax - BoxSums.bytes }),
      );
    } catch (error) {
      throw withBoxes(error);
    }
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
    // First what may fail: it has looked at the examples then, and changed nothing if they are no good.
    const draft = await this.#inner.update(change, signal).catch((error: unknown) => {
      throw withBoxes(error);
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

/** An error of the strategy in terms of what both together may take. */
function withBoxes(error: unknown): unknown {
  return error instanceof BytesError ? error.beside(BoxSums.bytes) : error;
}

interface Header {
  /** Bytes of the strategy's own state. */
  readonly inner: number;
}
