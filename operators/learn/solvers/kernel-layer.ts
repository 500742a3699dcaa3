import type { LinearLayer } from '../../detect/heads/head.ts';
import { type KernelMatrix, pickRows } from './kernel-matrix.ts';
import {
  type ClassRows,
  type KernelMachine,
  type MinibootstrapSettings,
  output,
  trainOneVsAll,
} from './minibootstrap.ts';
import { ownLevel } from './ridge-layer.ts';

/** A machine with a shift of its output. */
interface LevelMachine extends KernelMachine {
  readonly shift: number;
}

/**
 * A layer with the machine of each class, over the centres that any of them uses; null if there is
 * no machine. A class without rows, or whose machine does not tell them from the rest, scores 0.
 *
 * The outputs of a machine are scaled and shifted to a mean of 0 on the rows of all others and of
 * 0.7 on its own. Yields every few milliseconds.
 */
export function* kernelLayer(
  kernel: KernelMatrix,
  labels: readonly (string | null)[],
  classes: readonly string[],
  { gamma, ...settings }: MinibootstrapSettings & { readonly gamma: number },
): Generator<void, LinearLayer | null> {
  const machines: (LevelMachine | null)[] = [];
  for (const name of classes) {
    const rows = divideRows(labels, name);
    const isEmpty = rows.positives.length === 0;
    machines.push(
      isEmpty ? null : levelled(kernel, yield* trainOneVsAll(kernel, rows, settings), rows),
    );
    yield;
  }
  if (!machines.some((machine) => machine !== null)) return null;
  const used = new Set(machines.flatMap((machine) => machine?.columns ?? []));
  const columns = [...used].sort((a, b) => a - b);
  const places = new Map(columns.map((column, place) => [column, place]));
  const weights = new Float32Array(classes.length * columns.length);
  for (const [row, machine] of machines.entries()) {
    for (const [i, column] of (machine?.columns ?? []).entries()) {
      weights[row * columns.length + places.get(column)!] = machine!.alpha[i]!;
    }
  }
  const centres = pickRows(
    kernel.rows,
    columns.map((column) => kernel.centres[column]!),
  );
  return {
    weights,
    bias: Float32Array.from(machines, (machine) => machine?.shift ?? 0),
    length: columns.length,
    lift: { kind: 'gaussian', centres, gamma },
  };
}

function divideRows(labels: readonly (string | null)[], name: string): ClassRows {
  const positives: number[] = [];
  const negatives: number[] = [];
  for (const [row, label] of labels.entries()) (label === name ? positives : negatives).push(row);
  return { positives, negatives };
}

/** The machine with its levels; null if its outputs are no higher on the class than off it. */
function levelled(
  kernel: KernelMatrix,
  machine: KernelMachine,
  { positives, negatives }: ClassRows,
): LevelMachine | null {
  const mean = (rows: readonly number[]) =>
    rows.reduce((sum, row) => sum + output(kernel, machine, row) / rows.length, 0);
  // A lone class without any negatives has no rest: its outputs then start at 0.
  const rest = mean(negatives);
  const scale = ownLevel / (mean(positives) - rest);
  if (!(scale > 0) || !Number.isFinite(scale)) return null;
  return {
    columns: machine.columns,
    alpha: machine.alpha.map((value) => scale * value),
    shift: -rest * scale,
  };
}
