import { denseLatentLength } from '../../../detect/engines/engine.ts';
import type { LinearLayer } from '../../../detect/heads/head.ts';
import { softmaxRows } from '../gradient/cross-entropy.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { carryOver, emptyLayer, layerBytes } from '../gradient/layer-rows.ts';
import type { LayerContext, LayerName, Method, TrainedLayer } from '../gradient/method.ts';
import { batchesOf, crossEntropy, type Objective } from '../gradient/train-layer.ts';
import type { Strategy } from '../../strategy.ts';

/** Strength of the penalty, in units of Fisher information. */
const strength = 1000;
/** Factor by which each update scales the earlier information. */
const decay = 0.95;
/** Rows from which the information of one update is estimated. */
const fisherRows = 256;

/**
 * Fisher information of every weight of both layers, over features that are centred but not scaled.
 */
type Fisher = Readonly<Record<LayerName, LinearLayer>>;

/** Classes of each layer; `look` is the crop layer. The keys are part of the file format. */
interface Header {
  readonly dense: number;
  readonly look: number;
}

/**
 * Online elastic weight consolidation: trains on the change alone, with a penalty that pulls every
 * weight back to its last value, in proportion to how much the old classes' predictions depend on
 * it (diagonal Fisher information, summed over updates with a decay, anchored at the last head).
 *
 * Only a linear head is trained here, so the information of softmax regression has a closed form:
 * the mean of p(1 − p)·x². The scale of features changes between updates as their statistics grow;
 * the information is converted to the new scale, ignoring the shift of the mean. "Overcoming
 * catastrophic forgetting in neural networks", Kirkpatrick et al., 2017; the online form: "Progress
 * & Compress", Schwarz et al., 2018.
 */
const ewcMethod = (embeddingLength: number): Method<Fisher> => ({
  name: 'ewc',
  paper: 'Overcoming catastrophic forgetting in neural networks, Kirkpatrick et al., 2017',
  ownShare: 0.5,
  keepsNegatives: false,
  tuning: { learningRate: 1e-4, hold: 0.1 },
  empty: { dense: emptyLayer(denseLatentLength), crop: emptyLayer(embeddingLength) },
  bytes: ({ dense, crop }) => layerBytes(dense) + layerBytes(crop),
  pack: ({ dense, crop }) => ({
    header: { dense: dense.bias.length, look: crop.bias.length } satisfies Header,
    blobs: [dense, crop].flatMap(({ weights, bias }) => [weights, bias]),
  }),
  unpack: (header, take) => {
    const rows = header as Header;
    const takeLayer = (count: number, length: number): LinearLayer => ({
      weights: new Float32Array(take(4 * count * length)),
      bias: new Float32Array(take(4 * count)),
      length,
    });
    return {
      dense: takeLayer(rows.dense, denseLatentLength),
      crop: takeLayer(rows.look, embeddingLength),
    };
  },
  admit: (fisher, { before, classes }) => ({
    dense: carryOver(fisher.dense, before, classes),
    // A layer that was never trained has no information.
    crop: fisher.crop.bias.length === 0 ? fisher.crop : carryOver(fisher.crop, before, classes),
  }),
  examples: (_fisher, { change }) => change.added,
  objective: (fisher, context) => elastic(fisher[context.layer], context),
  consolidate: (fisher, _context, trained) => ({
    dense: trained.dense === undefined ? fisher.dense : addInformation(fisher.dense, trained.dense),
    crop: trained.crop === undefined ? fisher.crop : addInformation(fisher.crop, trained.crop),
  }),
});

/** Cross-entropy with a penalty whose gradient is hold · strength · F · (weight − anchor). */
function elastic(fisher: LinearLayer, { start, scale, rows, hold }: LayerContext): Objective {
  if (fisher.bias.length === 0) return crossEntropy;
  const width = rows.length + 1;
  const shape: [number, number] = [rows.classes.length, width];
  const penalty = hold * strength;
  const pull = new Float32Array(start.length);
  for (let row = 0; row < rows.classes.length; row++) {
    for (let i = 0; i < rows.length; i++) {
      const information = fisher.weights[row * rows.length + i]!;
      pull[row * width + i] = (penalty * information) / scale.deviation[i]! ** 2;
    }
    pull[row * width + rows.length] = penalty * fisher.bias[row]!;
  }
  return {
    ...crossEntropy,
    adjust: (gradient, weights, tf) => {
      const drift = tf.sub(weights, tf.tensor2d(start, shape));
      return tf.add(gradient, tf.mul(tf.tensor2d(pull, shape), drift));
    },
  };
}

/** Adds the information of a training to that of earlier ones. */
function addInformation(
  fisher: LinearLayer,
  { rows, scale, random, trained }: TrainedLayer,
): LinearLayer {
  const classes = rows.classes.length;
  const { length } = rows;
  const width = length + 1;
  const { x } = batchesOf(rows, scale, fisherRows)(random);
  const logits = new Float32Array(fisherRows * classes);
  for (let row = 0; row < fisherRows; row++) {
    for (let k = 0; k < classes; k++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += trained[k * width + i]! * x[row * width + i]!;
      logits[row * classes + k] = sum;
    }
  }
  const shares = softmaxRows(logits, classes);
  const old = fisher.bias.length > 0;
  const weights = new Float32Array(classes * length);
  const bias = new Float32Array(classes);
  const information = new Float64Array(width);
  for (let k = 0; k < classes; k++) {
    information.fill(0);
    for (let row = 0; row < fisherRows; row++) {
      const share = shares[row * (classes + 1) + k]!;
      const uncertain = (share * (1 - share)) / fisherRows;
      for (let i = 0; i < width; i++) {
        information[i] = information[i]! + uncertain * x[row * width + i]! ** 2;
      }
    }
    for (let i = 0; i < length; i++) {
      const before = old ? decay * fisher.weights[k * length + i]! : 0;
      weights[k * length + i] = before + information[i]! * scale.deviation[i]! ** 2;
    }
    bias[k] = (old ? decay * fisher.bias[k]! : 0) + information[length]!;
  }
  return { weights, bias, length };
}

/** An `ewc` strategy that has learned nothing yet. */
export function createEwc(options?: GradientOptions): Strategy {
  return new GradientStrategy(ewcMethod(embeddingLengthOf(options ?? {})), options);
}
