import { float16Values } from '../../../foundation/numbers/float16.ts';

/** Rows of values, as float32 or as float16 bits. */
export type Vectors = Float32Array | Uint16Array;

/** What a strategy trains on: an `Example`, or one that it kept in half the bytes. */
export interface TrainingExample {
  /** As the example's; left out by methods that need none. */
  readonly id?: string;
  /** Null: none of the classes. */
  readonly label: string | null;
  /** cells × denseLatentLength. */
  readonly dense: Vectors;
  /** A cell: how much it belongs to the object, 0..1. */
  readonly denseTargets: Float32Array;
  /** looks × lookLatentLength. */
  readonly embeddings: Vectors;
}

/**
 * The rows that one layer trains on, left where they lie: a row is a place in somebody's vectors, decoded
 * when it is drawn. What a row's target lacks to 1 is background.
 */
export class TrainingRows {
  readonly length: number;
  /** The layer's classes: columns of its logits. */
  readonly classes: readonly string[];
  /** Row numbers by column; the last group is rows that belong to no class. */
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

  /** Adds whole rows of one label; `targets` is 1 for each row where it is left out. */
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

  /** The row's class as a column, -1 for none. */
  column(row: number): number {
    return this.#columns[row]!;
  }

  /** How much the row belongs to its class, 0..1. */
  target(row: number): number {
    return this.#targets[row]!;
  }

  /** Writes the row's `length` values to `to`, from `at` on. */
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
