import type { LinearLayer } from '../../detect/heads/head.ts';
import type { Change, HeadDraft } from '../strategy.ts';

/** The classes to hide after a change: those that moved, until they have an example again. */
export function hideMoved(
  hidden: ReadonlySet<string>,
  { added, moved = [] }: Change,
): ReadonlySet<string> {
  const next = new Set(hidden);
  for (const { label } of added) if (label !== null) next.delete(label);
  for (const { from, to } of moved) if (from !== to) next.add(from);
  return next;
}

/** The draft without the rows of these classes, so that they are never predicted. */
export function withoutClasses(draft: HeadDraft, hidden: ReadonlySet<string>): HeadDraft {
  if (hidden.size === 0) return draft;
  const rows = [...draft.classes.keys()].filter((row) => !hidden.has(draft.classes[row]!));
  return {
    ...draft,
    classes: rows.map((row) => draft.classes[row]!),
    dense: pickRows(draft.dense, rows),
    crop: draft.crop === null ? null : pickRows(draft.crop, rows),
    thresholds: Float32Array.from(rows, (row) => draft.thresholds[row]!),
  };
}

function pickRows(layer: LinearLayer, rows: readonly number[]): LinearLayer {
  const { weights, bias, length } = layer;
  const picked = new Float32Array(rows.length * length);
  for (const [i, row] of rows.entries()) {
    picked.set(weights.subarray(row * length, (row + 1) * length), i * length);
  }
  return { ...layer, weights: picked, bias: Float32Array.from(rows, (row) => bias[row]!) };
}
