import { denseLatentLength } from '../../engines/engine.ts';

/** Values of the class evidence; classes beyond share them. */
const classValues = 120;
const logitMax = 8;
/** Below this probability the logit is -8 or less. */
const leastProbability = 1 / (1 + Math.exp(logitMax));

/**
 * Writes what a detector without a feature map knows of a candidate, so that heads and strategies
 * can learn from it as from a latent: {@link denseLatentLength} values about within ±1.
 *
 * 0..119: the logit of each class score, clipped to ±8, divided by 8; class i at i mod 120, the
 * largest where several meet, 0 where none is. 120: objectness likewise. 121..124: logarithms of
 * the box's width, height, area and aspect relative to the view. 125: entropy of the class scores,
 * 0..1. 126: the largest score. 127: 1.
 *
 * @param classScores Score of each class, 0..1.
 * @param box Left, top, right, bottom of the box, at `boxAt`.
 */
export function writeEvidence(
  latents: Float32Array,
  at: number,
  classScores: Float32Array,
  objectness: number,
  { boxes, boxAt, width, height }: EvidenceBox,
): void {
  latents.fill(0, at, at + denseLatentLength);
  let total = 0;
  let best = 0;
  for (let k = 0; k < classScores.length; k++) {
    // A model's faulty values are no evidence.
    const score = classScores[k]! > 0 ? Math.min(1, classScores[k]!) : 0;
    total += score;
    if (score > best) best = score;
    const place = at + (k % classValues);
    const evidence = scaledLogit(score);
    latents[place] = k < classValues ? evidence : Math.max(latents[place]!, evidence);
  }
  latents[at + 120] = scaledLogit(objectness);
  const across = Math.log(Math.max(1e-3, (boxes[boxAt + 2]! - boxes[boxAt]!) / width));
  const down = Math.log(Math.max(1e-3, (boxes[boxAt + 3]! - boxes[boxAt + 1]!) / height));
  latents[at + 121] = (across + 2.5) / 2.5;
  latents[at + 122] = (down + 2.5) / 2.5;
  latents[at + 123] = (across + down + 5) / 5;
  latents[at + 124] = (across - down) / 2;
  latents[at + 125] = entropy(classScores, total);
  latents[at + 126] = best;
  latents[at + 127] = 1;
}

export interface EvidenceBox {
  readonly boxes: Float32Array;
  readonly boxAt: number;
  /** Size of the view. */
  readonly width: number;
  readonly height: number;
}

function scaledLogit(probability: number): number {
  if (!(probability > leastProbability)) return -1;
  if (probability >= 1 - leastProbability) return 1;
  return Math.log(probability / (1 - probability)) / logitMax;
}

/** Of the scores as shares of their sum, relative to the entropy of equal shares. */
function entropy(scores: Float32Array, total: number): number {
  if (scores.length < 2 || !(total > 0)) return 0;
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    const share = Math.min(1, scores[k]!) / total;
    if (share > 1e-3) sum -= share * Math.log(share);
  }
  return sum / Math.log(scores.length);
}
