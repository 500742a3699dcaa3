import { denseLatentLength } from '../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type { GateSample } from '../../../operators/gate/gate-sample.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';

/** Dimensions in which classes differ; the rest of a latent is zero. */
const informative = 24;
/** Spread of class centres; recall of a head of 20 samples per class is about 0.9. */
const centreSpread = 0.85;

/** A row of the world: its class, null for background, and its latent. */
export interface WorldRow {
  readonly label: string | null;
  readonly latent: Float32Array;
}

/** Draws objects of Gaussian classes around fixed centres, and background around zero. */
export class GateWorld {
  readonly #random: () => number;
  readonly #centres = new Map<string, Float32Array>();

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  get random(): () => number {
    return this.#random;
  }

  rows(label: string | null, count: number): WorldRow[] {
    return Array.from({ length: count }, () => {
      const centre = label === null ? null : this.#centreOf(label);
      const latent = new Float32Array(denseLatentLength);
      for (let i = 0; i < informative; i++) latent[i] = (centre?.[i] ?? 0) + this.gaussian();
      return { label, latent };
    });
  }

  gaussian(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.#random();
    return sum;
  }

  /** As many rows, drawn with replacement. */
  bootstrap(rows: readonly WorldRow[]): WorldRow[] {
    return rows.map(() => rows[Math.floor(this.#random() * rows.length)]!);
  }

  #centreOf(label: string): Float32Array {
    let centre = this.#centres.get(label);
    if (centre === undefined) {
      centre = Float32Array.from({ length: informative }, () => centreSpread * this.gaussian());
      this.#centres.set(label, centre);
    }
    return centre;
  }
}

/** Linear discriminant analysis with unit covariance; background is the logit 0. */
export function trainHead(rows: readonly WorldRow[]): HeadDraft {
  const classes = [...new Set(rows.flatMap(({ label }) => (label === null ? [] : [label])))];
  const background = meanOf(rows.filter(({ label }) => label === null));
  const weights = new Float32Array(classes.length * denseLatentLength);
  const bias = new Float32Array(classes.length);
  for (const [row, name] of classes.entries()) {
    const mean = meanOf(rows.filter(({ label }) => label === name));
    for (let i = 0; i < denseLatentLength; i++) {
      weights[row * denseLatentLength + i] = mean[i]! - background[i]!;
      bias[row]! -= (mean[i]! ** 2 - background[i]! ** 2) / 2;
    }
  }
  return {
    strategy: 'test',
    classes,
    objectness: { weights: new Float32Array(denseLatentLength), bias: 1 },
    dense: { weights, bias, length: denseLatentLength },
    crop: null,
    activation: 'softmax',
    thresholds: new Float32Array(classes.length).fill(0.5),
  };
}

export function gateSample({ label, latent }: WorldRow, source = 'yard'): GateSample {
  return { label, dense: latent, embedding: new Float32Array(0), source };
}

function meanOf(rows: readonly WorldRow[]): Float32Array {
  const mean = new Float32Array(denseLatentLength);
  for (const { latent } of rows) {
    for (let i = 0; i < mean.length; i++) mean[i]! += latent[i]! / rows.length;
  }
  return mean;
}
