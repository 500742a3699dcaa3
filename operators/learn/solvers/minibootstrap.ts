import { packedLength } from '../../foundation/linear-algebra/cholesky.ts';
import type { KernelMatrix } from './kernel-matrix.ts';
import { solveNystromRidge } from './nystrom-ridge.ts';

/** Settings of {@link trainOneVsAll}. */
export interface MinibootstrapSettings {
  /** Penalty per row; see `NystromTask`. */
  readonly lambda: number;
  /** Most centres of a class. At least 2. */
  readonly centresMax: number;
  /** Most batches that negatives are divided into. */
  readonly batchesMax: number;
  /** Least negatives of a batch, if there are as many. */
  readonly batchMin: number;
  /** Output above which a negative is hard and joins the training rows. */
  readonly hard: number;
  /** Output below which a negative among the training rows is easy and leaves them. */
  readonly easy: number;
}

/** A kernel machine: f(x) = Σ α·k(x, c). */
export interface KernelMachine {
  /** Numbers of its centres among those of the {@link KernelMatrix}. */
  readonly columns: readonly number[];
  /** One coefficient per centre. */
  readonly alpha: Float64Array;
}

/** Training rows of a class: row numbers of a {@link KernelMatrix}, in ascending order. */
export interface ClassRows {
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

/**
 * Trains one class against the rest with the targets 1 and −1, with a Minibootstrap: negatives come
 * in batches; of every batch after the first only those that the machine of the batches before
 * takes wrong or nearly so are added, and after each training those that it is sure of are dropped.
 * "On-line object detection: a robotics challenge", Maiettini, Pasquale, Rosasco and Natale, 2020.
 *
 * Centres are chosen again for every training among those of the matrix: the first positives, at
 * most half of the centres, the first of its negatives, and where these are fewer than the places
 * that are left, the first of the other negatives. The order of rows is what the caller makes
 * random. Of the negatives that it is sure of, the least certain stay where fewer than a tenth of a
 * batch would: without any, the class would take everything. With fewer than two batches'
 * negatives, one ridge regression on all of them is left. Needs at least one positive with a
 * centre. Yields every few milliseconds.
 */
export function* trainOneVsAll(
  kernel: KernelMatrix,
  { positives, negatives }: ClassRows,
  settings: MinibootstrapSettings,
): Generator<void, KernelMachine> {
  const { batchesMax, batchMin, hard, easy } = settings;
  const columns = columnsOf(kernel);
  const batches = divide(negatives, Math.min(batchesMax, Math.floor(negatives.length / batchMin)));
  const keptMin = Math.ceil(batchMin / 10);
  const train = (kept: readonly number[]) =>
    fit(kernel, columns, { positives, negatives: kept, others: negatives }, settings);
  let kept = batches[0]!;
  let machine = yield* train(kept);
  for (const batch of batches.slice(1)) {
    const added = batch.filter((row) => output(kernel, machine, row) > hard);
    const difficult = mostDifficult(kernel, machine, kept, easy, keptMin - added.length);
    // The same rows have the same machine.
    if (added.length === 0 && difficult.length === kept.length) continue;
    kept = [...difficult, ...added];
    machine = yield* train(kept);
  }
  return machine;
}

/** The rows whose output is at least `easy`, and the next ones down to `least` rows; ascending. */
function mostDifficult(
  kernel: KernelMatrix,
  machine: KernelMachine,
  rows: readonly number[],
  easy: number,
  least: number,
): readonly number[] {
  const ranked = rows
    .map((row) => ({ row, value: output(kernel, machine, row) }))
    .sort((a, b) => b.value - a.value || a.row - b.row);
  const count = Math.max(least, ranked.filter(({ value }) => value >= easy).length);
  return ranked
    .slice(0, count)
    .map(({ row }) => row)
    .sort((a, b) => a - b);
}

/** The output of a machine for a row of the matrix: 1 for the class, −1 for the rest. */
export function output(
  { values, centres }: KernelMatrix,
  machine: KernelMachine,
  row: number,
): number {
  const { columns, alpha } = machine;
  const from = row * centres.length;
  let sum = 0;
  for (let i = 0; i < columns.length; i++) sum += alpha[i]! * values[from + columns[i]!]!;
  return sum;
}

function* fit(
  kernel: KernelMatrix,
  columnOf: ReadonlyMap<number, number>,
  { positives, negatives, others }: ClassRows & { readonly others: readonly number[] },
  { lambda, centresMax }: MinibootstrapSettings,
): Generator<void, KernelMachine> {
  const own = positives.filter((row) => columnOf.has(row)).slice(0, Math.floor(centresMax / 2));
  const rest = [...new Set([...negatives, ...others])]
    .filter((row) => columnOf.has(row))
    .slice(0, centresMax - own.length);
  const centres = [...own, ...rest];
  const columns = centres.map((row) => columnOf.get(row)!);
  const rows = [...positives, ...negatives];
  const stride = kernel.centres.length;
  const kernels = new Float64Array(rows.length * columns.length);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < columns.length; j++) {
      kernels[i * columns.length + j] = kernel.values[row * stride + columns[j]!]!;
    }
  }
  const between = new Float64Array(packedLength(centres.length));
  for (const [i, row] of centres.entries()) {
    for (let j = 0; j <= i; j++) {
      between[packedLength(i) + j] = kernel.values[row * stride + columns[j]!]!;
    }
  }
  const targets = Float64Array.from(rows, (_, i) => (i < positives.length ? 1 : -1));
  yield;
  const task = { kernels, centres: between, targets, lambda };
  return { columns, alpha: yield* solveNystromRidge(task) };
}

/** The column of each row that is a centre. */
function columnsOf({ centres }: KernelMatrix): ReadonlyMap<number, number> {
  return new Map(Array.from(centres, (row, column) => [row, column]));
}

/** Divides rows evenly into so many parts, in their order; all in one for fewer than two. */
function divide(rows: readonly number[], parts: number): (readonly number[])[] {
  if (parts < 2) return [rows];
  const start = (part: number) => Math.floor((part * rows.length) / parts);
  return Array.from({ length: parts }, (_, part) => rows.slice(start(part), start(part + 1)));
}
