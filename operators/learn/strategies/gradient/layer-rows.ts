import type { LinearLayer } from '../../../detect/heads/head.ts';
import type { ClassMove } from '../../strategy.ts';
import type { Vectors } from './training-rows.ts';
import { float16Values } from '../../../foundation/numbers/float16.ts';

/** A layer without classes. */
export function emptyLayer(length: number): LinearLayer {
  return { weights: new Float32Array(0), bias: new Float32Array(0), length };
}

/** Bytes of a layer's weights and biases. */
export function layerBytes({ weights, bias }: LinearLayer): number {
  return weights.byteLength + bias.byteLength;
}

/**
 * The names of rows after moves of classes: a class that moves to one without a row gives its row
 * to it. All other rows keep their names.
 */
export function renameRows(
  names: readonly string[],
  moved: readonly ClassMove[],
): readonly string[] {
  let renamed = names;
  for (const { from, to } of moved) {
    if (to === null || renamed.includes(to)) continue;
    renamed = renamed.map((name) => (name === from ? to : name));
  }
  return renamed;
}

/** Carries a layer's rows over to another list of classes; new classes get zeros. */
export function carryOver(
  old: LinearLayer,
  oldNames: readonly string[],
  names: readonly string[],
): LinearLayer {
  const { length } = old;
  const weights = new Float32Array(names.length * length);
  const bias = new Float32Array(names.length);
  names.forEach((name, row) => {
    const from = oldNames.indexOf(name);
    // A crop layer that was never trained has no rows at all.
    if (from < 0 || from >= old.bias.length) return;
    weights.set(old.weights.subarray(from * length, (from + 1) * length), row * length);
    bias[row] = old.bias[from]!;
  });
  return { weights, bias, length };
}

/** Logits of rows: rows × classes. */
export function layerLogits({ weights, bias, length }: LinearLayer, rows: Vectors): Float32Array {
  const count = rows.length / length;
  const classes = bias.length;
  const row = new Float32Array(length);
  const logits = new Float32Array(count * classes);
  for (let r = 0; r < count; r++) {
    for (let i = 0; i < length; i++) {
      const value = rows[r * length + i]!;
      row[i] = rows instanceof Float32Array ? value : float16Values[value]!;
    }
    for (let k = 0; k < classes; k++) {
      let sum = bias[k]!;
      const start = k * length;
      for (let i = 0; i < length; i++) sum += weights[start + i]! * row[i]!;
      logits[r * classes + k] = sum;
    }
  }
  return logits;
}
