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
/** Rows judged together, so that each weight that is loaded is used four times. */
const judgedAtOnce = 4;
/** Products between two pauses, as if all classes were asked for. */
const productsPerPause = 1e7;

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
  let products = 0;
  for (let first = 0; first < unlabelled.rows.length; first += judgedAtOnce) {
    const rows = unlabelled.rows.slice(first, first + judgedAtOnce).map((row) => {
      const excluded = new Set(row.labelled.flat());
      const open = names.map((name) => !excluded.has(name) && classes.has(name));
      return { row, open, times: row.labelled.length };
    });
    const asked = [...names.keys()].filter((c) => rows.some(({ open }) => open[c]));
    const logits = logitsOf(
      rows.map(({ row }) => valuesOf(row)),
      layer,
      asked,
    );
    for (const [i, { open, times }] of rows.entries()) {
      all += times;
      const own = asked.filter((c) => open[c]);
      for (const c of own) possible[c] = possible[c]! + times;
      const best = likeliest(logits, i, own);
      if (best === null) continue;
      found[best] = found[best]! + times;
      foundRows++;
    }
    products += judgedAtOnce * names.length * layer.length;
    if (products < productsPerPause) continue;
    products = 0;
    yield;
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

/**
 * Logits of up to four rows, for each of the classes that are `asked` for: four per class of the
 * layer, side by side, and 0 for the others. Takes two classes at a time.
 */
function logitsOf(
  rows: readonly Float32Array[],
  { weights, bias, length }: LinearLayer,
  asked: readonly number[],
): Float64Array {
  const logits = new Float64Array(judgedAtOnce * bias.length);
  const x = new Float64Array(judgedAtOnce * length);
  for (const [side, row] of rows.entries()) {
    for (let i = 0; i < length; i++) x[judgedAtOnce * i + side] = row[i]!;
  }
  for (let first = 0; first < asked.length; first += 2) {
    const c = asked[first]!;
    // A single last class takes the place of the second one, too.
    const d = asked[first + 1] ?? c;
    const rowC = c * length;
    const rowD = d * length;
    let [c0, c1, c2, c3] = [bias[c]!, bias[c]!, bias[c]!, bias[c]!];
    let [d0, d1, d2, d3] = [bias[d]!, bias[d]!, bias[d]!, bias[d]!];
    for (let i = 0, k = 0; i < length; i++, k += judgedAtOnce) {
      const v = weights[rowC + i]!;
      const w = weights[rowD + i]!;
      const x0 = x[k]!;
      const x1 = x[k + 1]!;
      const x2 = x[k + 2]!;
      const x3 = x[k + 3]!;
      c0 += v * x0;
      c1 += v * x1;
      c2 += v * x2;
      c3 += v * x3;
      d0 += w * x0;
      d1 += w * x1;
      d2 += w * x2;
      d3 += w * x3;
    }
    logits.set([c0, c1, c2, c3], judgedAtOnce * c);
    logits.set([d0, d1, d2, d3], judgedAtOnce * d);
  }
  return logits;
}

/** The open class of the greatest probability for one of four rows, if above {@link ofClass}. */
function likeliest(logits: Float64Array, side: number, open: readonly number[]): number | null {
  let best: number | null = null;
  let most = -Infinity;
  for (const c of open) {
    const logit = logits[judgedAtOnce * c + side]!;
    if (logit > most) [best, most] = [c, logit];
  }
  // Background has the logit 0.
  const top = Math.max(0, most);
  let sum = Math.exp(-top);
  for (const c of open) sum += Math.exp(logits[judgedAtOnce * c + side]! - top);
  return Math.exp(most - top) / sum > ofClass ? best : null;
}
