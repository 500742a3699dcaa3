import type { LinearLayer } from '../detect/heads/head.ts';
import type { HeadDraft } from '../learn/strategy.ts';

/**
 * Names the classes of a head by their ids. Classes without a name, and all but the first of those
 * with one name, are left out with their weights. `nameOf` is called with every id.
 *
 * A head without ids is returned as it is.
 */
export function withNames<H extends HeadDraft>(
  head: H,
  nameOf: (classId: string) => string | null,
): H {
  const { classIds } = head;
  if (classIds === undefined) return head;
  const names = classIds.map(nameOf);
  const kept = names.flatMap((name, i) => (name === null || names.indexOf(name) !== i ? [] : [i]));
  const named = {
    ...head,
    classes: kept.map((i) => names[i]!),
    classIds: kept.map((i) => classIds[i]!),
  };
  if (kept.length === names.length) return named;
  return {
    ...named,
    dense: rowsOf(head.dense, kept),
    crop: head.crop === null ? null : rowsOf(head.crop, kept),
    thresholds: Float32Array.from(kept, (i) => head.thresholds[i]!),
  };
}

/** A layer with some of its rows only. */
function rowsOf(layer: LinearLayer, kept: readonly number[]): LinearLayer {
  const { length } = layer;
  const weights = new Float32Array(kept.length * length);
  for (const [to, from] of kept.entries()) {
    weights.set(layer.weights.subarray(from * length, (from + 1) * length), to * length);
  }
  return { ...layer, weights, bias: Float32Array.from(kept, (i) => layer.bias[i]!) };
}
