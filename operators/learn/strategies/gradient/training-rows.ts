import { float16Values } from '../../../foundation/numbers/float16.ts';

/** Rows of values, as float32 or as float16 bits. */
export type Vectors = Float32Array | Uint16Array;

/** An example as trained on: an `Example`, or a stored one in half the bytes. */
export interface TrainingExample {
  /** The example's id; omitted by methods that do not need it. */
  readonly id?: string;
  /** Null: none of the classes. */
  readonly label: string | null;
  /** cells × denseLatentLength. */
  readonly dense: Vectors;
  /** Per cell: share that belongs to the object, 0..1. */
  readonly denseTargets: Float32Array;
  /** crops × values of an embedding. */
  readonly embeddings: Vectors;
}

/**
 * The rows that one layer trains on. Rows stay in the vectors they came from and are decoded when
 * drawn. The remainder of a row's target to 1 is background.
 */
export class TrainingRows {
  readonly length: number;
  /** The layer's classes: columns of its logits. */
  readonly classes: readonly string[];
  /** Row indices by class column; the last group is rows without a class. */
  readonly groups: readonly number[][];
  readonly #vectors: Vectors[] = [];
  readonly #offsets: number[] = [];
  readonly #columns: number[] = [];
  readonly #targets: number[] = [];

  constructor(length: number, classes: readonly string[]) {
    this.length = length;
    this.classes = classes;
    this.groups = Array.from({ length: classes.length + 1 }, () => []);
  }

  get count(): number {
    return this.#offsets.length;
  }

  /** Adds all rows of one example. `targets` defaults to 1 per row. */
  add(vectors: Vectors, label: string | null, targets?: Float32Array): void {
    const column = label === null ? -1 : this.classes.indexOf(label);
    const group = column < 0 ? this.groups.at(-1)! : this.groups[column]!;
    for (let row = 0; (row + 1) * this.length <= vectors.length; row++) {
      group.push(this.#offsets.length);
      this.#vectors.push(vectors);
      this.#offsets.push(row * this.length);
      this.#columns.push(column);
      this.#targets.push(column < 0 ? 0 : (targets?.[row] ?? 1));
    }
  }

  /** The column of the row's class; -1 for none. */
  column(row: number): number {
    return this.#columns[row]!;
  }

  /** Share of the row that belongs to its class, 0..1. */
  target(row: number): number {
    return this.#targets[row]!;
  }

  /** Writes the row's `length` values into `to` at index `at`. */
  read(row: number, to: Float32Array, at: number): void {
    const vectors = this.#vectors[row]!;
    const offset = this.#offsets[row]!;
    if (vectors instanceof Float32Array) {
      to.set(vectors.subarray(offset, offset + this.length), at);
    } else {
      for (let i = 0; i < this.length; i++) to[at + i] = float16Values[vectors[offset + i]!]!;
    }
  }
}
