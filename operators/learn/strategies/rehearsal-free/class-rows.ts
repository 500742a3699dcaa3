import type { Example } from '../../strategy.ts';
import type { LayerName } from '../gradient/method.ts';
import type { ClassRows } from './class-prototypes.ts';

/** Cells with a lower target are left out of prototypes. */
const targetMin = 0.5;
/** Rows per update from which directions are computed. */
const directionRows = 256;

/**
 * The rows of one class's examples, or without a name of all classes: embeddings, or cells near a
 * centre.
 */
export function rowsOf(
  examples: readonly Example[],
  name: string | undefined,
  layer: LayerName,
  { spaces }: { readonly spaces: Readonly<Record<LayerName, { readonly length: number }>> },
): ClassRows {
  const { length } = spaces[layer];
  const parts: Float32Array[] = [];
  const targets: number[] = [];
  for (const { label, dense, denseTargets, embeddings } of examples) {
    if (label === null || (name !== undefined && label !== name)) continue;
    const rows = layer === 'dense' ? dense : embeddings;
    for (let row = 0; row < rows.length / length; row++) {
      const target = layer === 'dense' ? denseTargets[row]! : 1;
      if (target < targetMin) continue;
      targets.push(target);
      parts.push(rows.subarray(row * length, (row + 1) * length));
    }
  }
  const joined = new Float32Array(parts.length * length);
  parts.forEach((part, row) => joined.set(part, row * length));
  return { rows: joined, targets: Float32Array.from(targets) };
}

/** At most {@link directionRows} rows, evenly spread. */
export function thinOut(rows: Float32Array, length: number): Float32Array {
  const count = rows.length / length;
  const stride = Math.max(1, Math.ceil(count / directionRows));
  const thin = new Float32Array(Math.ceil(count / stride) * length);
  for (let row = 0; row * stride < count; row++) {
    thin.set(rows.subarray(row * stride * length, (row * stride + 1) * length), row * length);
  }
  return thin;
}
