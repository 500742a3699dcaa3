import type { LinearLayer } from '../../detect/heads/head.ts';
import type { Claim } from '../statistics/scatter-contents.ts';
import type { Scatter } from '../statistics/scatter.ts';
import { type UnlabelledRows, valuesOf } from '../statistics/unlabelled-rows.ts';

/** Probability above which an unlabelled row counts as one of a class. */
const ofClass = 0.5;
/**
 * Rows that the classes' own frequencies count for, beside those that were found: a sample of 256
 * finds a handful of each class, and taking away too much of one makes the covariance indefinite.
 */
const priorRows = 20;
/** Largest share of background that can be taken for objects of classes. */
const shareMax = 0.9;
/** Rows judged between two pauses. */
const judgedAtOnce = 32;

/**
 * Estimates how much of a background is unlabelled objects of known classes, from a sample of its
 * rows and the layer that takes them for background.
 *
 * A row is an object of the class that the layer prefers, unless its picture labels that class. The
 * counts are smoothed towards the classes' own weights (a Dirichlet prior). Empty where no row
 * belongs to a class. Yields every few milliseconds.
 */
export function* claimsOn(
  unlabelled: UnlabelledRows,
  layer: LinearLayer,
  { classes, background }: Pick<Scatter, 'classes' | 'background'>,
  names: readonly string[],
): Generator<void, readonly Claim[]> {
  const found = new Float64Array(names.length);
  const possible = new Float64Array(names.length);
  let all = 0;
  let foundRows = 0;
  for (const [i, row] of unlabelled.rows.entries()) {
    if (i > 0 && i % judgedAtOnce === 0) yield;
    const excluded = new Set(row.labelled.flat());
    const open = names.map((name) => !excluded.has(name) && classes.has(name));
    const times = row.labelled.length;
    all += times;
    for (const [c, is] of open.entries()) if (is) possible[c] = possible[c]! + times;
    const best = likeliest(valuesOf(row), layer, open);
    if (best === null) continue;
    found[best] = found[best]! + times;
    foundRows++;
  }
  const total = found.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  const share = Math.min(shareMax, total / all);
  const weight = share * Math.min(unlabelled.added, background.weight);
  const prior = names.map((name, c) => ((classes.get(name)?.weight ?? 0) * possible[c]!) / all);
  const priorTotal = prior.reduce((sum, value) => sum + value, 0);
  return names.flatMap((label, c) => {
    const rows = (found[c]! / total) * foundRows + (priorRows * prior[c]!) / priorTotal;
    const claimed = (weight * rows) / (foundRows + priorRows);
    return claimed > 0 ? [{ label, weight: claimed }] : [];
  });
}

/** Index of the open class of the greatest probability, if that is above {@link ofClass}. */
function likeliest(
  values: Float32Array,
  { weights, bias, length }: LinearLayer,
  open: readonly boolean[],
): number | null {
  let best: number | null = null;
  let most = -Infinity;
  // Background has the logit 0.
  const logits = [0];
  for (const [c, isOpen] of open.entries()) {
    if (!isOpen) continue;
    let logit = bias[c]!;
    const row = c * length;
    for (let i = 0; i < length; i++) logit += weights[row + i]! * values[i]!;
    logits.push(logit);
    if (logit > most) [best, most] = [c, logit];
  }
  const top = Math.max(0, most);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - top), 0);
  return Math.exp(most - top) / sum > ofClass ? best : null;
}
