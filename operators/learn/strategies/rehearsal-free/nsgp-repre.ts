import { denseLatentLength, cropEmbeddingLength } from '../../../detect/engines/engine.ts';
import type { TfjsCore } from '../../../detect/engines/tfjs/tfjs-model.ts';
import type { Example } from '../../strategy.ts';
import {
  noPrototypes,
  type ClassRows,
  type Prototypes,
  updatePrototypes,
  withoutRows,
} from './class-prototypes.ts';
import { heldClasses } from '../gradient/class-split.ts';
import type { FeatureScale } from '../gradient/feature-scale.ts';
import { FeatureSubspace } from './feature-subspace.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { LayerContext, LayerName, Method, Packed, UpdateContext } from '../gradient/method.ts';
import { crossEntropy, type Matrix, type Objective, transpose } from '../gradient/train-layer.ts';

const layerNames = ['dense', 'look'] as const;
const lengths = { dense: denseLatentLength, look: cropEmbeddingLength };

/** A coarse prototype a class and layer, and nine fine ones. */
const prototypesMax = 10;
/** Directions of old inputs a layer. */
const directionsMax = 32;
/** Share of the own bytes that the directions may take. */
const directionShare = 0.3;
/** Cells that belong less than this to their object are no part of a prototype. */
const targetMin = 0.5;
/** Rows of one update that directions are taken from. */
const directionRows = 256;
/** Bytes of objects and headers of one class's six arrays, and its entry. */
const classOverheadBytes = 2048;

/** The vectors of both layers. */
type OfLayers<T> = Readonly<Record<LayerName, T>>;

interface NsgpState {
  readonly classes: ReadonlyMap<string, OfLayers<Prototypes>>;
  /** Where the inputs of old classes lie. */
  readonly spaces: OfLayers<FeatureSubspace>;
}

/**
 * Replays prototypes of old classes, a coarse one and fine ones each, and moves what is known of old classes only at right angles
 * to the inputs that they were learned from.
 *
 * The paper projects the gradients of the feature extractor and leaves the classifier to the prototypes. Here the
 * extractor is frozen and the classifier is all there is. So the rows of old classes are projected, which keeps
 * their outputs on old inputs, and the prototypes are what the rows of new classes learn to say no to. The paper's null
 * space is of a whole covariance matrix, this one of its 32 strongest directions. Gradients are projected, and after
 * each step the weights again, because Adam turns a projected gradient out of its plane. The paper finds fine prototypes at a
 * cosine of 0.6 among features as they are, which here are all positive and so all alike: standardised ones are used.
 */
const method: Method<NsgpState> = {
  name: 'nsgp-repre',
  paper:
    'Demystifying catastrophic forgetting in two-stage incremental object detector, Wu et al., 2025',
  ownShare: 0.75,
  bringsNegatives: false,
  tuning: { learningRate: 0.003 },
  empty: {
    classes: new Map(),
    spaces: {
      dense: new FeatureSubspace(denseLatentLength),
      look: new FeatureSubspace(cropEmbeddingLength),
    },
  },
  bytes: ({ classes, spaces }) =>
    spaces.dense.bytes +
    spaces.look.bytes +
    [...classes].reduce((sum, [name, layers]) => sum + classBytes(name, layers), 0),
  pack: packState,
  unpack: unpackState,
  admit: takeBack,
  lessons: ({ classes }, { change }) => [
    ...change.added,
    ...[...classes].map(([label, { dense, look }]) => ({
      label,
      dense: dense.vectors,
      denseTargets: dense.targets,
      embeddings: look.vectors,
    })),
  ],
  objective: ({ spaces }, context) => projected(spaces[context.layer], context),
  consolidate: (own, context, trained) =>
    remember(own, context, { dense: trained.dense?.scale, look: trained.look?.scale }),
};

/** An `nsgp-repre` strategy that has learned nothing yet. */
export function createNsgpRepre(options?: GradientOptions): GradientStrategy<NsgpState> {
  return new GradientStrategy(method, options);
}

/** Cross-entropy, whose steps leave the old classes' outputs on old inputs as they were. */
function projected(space: FeatureSubspace, context: LayerContext): Objective {
  const { classes, scale, start } = context;
  const { old } = heldClasses(context);
  const basis = space.basis(scale);
  if (old.length === 0 || basis.length === 0) return crossEntropy;
  const held = new Float32Array(classes.length);
  for (const column of old) held[column] = 1;
  const width = scale.length + 1;
  // The WebAssembly backend is slow at products that transpose: both ways round lie ready.
  const turned = transpose(basis, width);
  const project = (moved: Matrix, tf: TfjsCore) => {
    const count = basis.length / width;
    const shares = tf.matMul<Matrix>(moved, tf.tensor2d(turned, [width, count]));
    const along = tf.matMul<Matrix>(shares, tf.tensor2d(basis, [count, width]));
    return tf.sub<Matrix>(moved, tf.mul(along, tf.tensor2d(held, [classes.length, 1])));
  };
  return {
    ...crossEntropy,
    adjust: (gradient, _weights, tf) => project(gradient, tf),
    constrain: (weights, tf) => {
      const origin = tf.tensor2d(start, [classes.length, width]);
      return tf.add<Matrix>(origin, project(tf.sub(weights, origin), tf));
    },
  };
}

/** Takes removed examples out of the prototypes, and classes that are gone. */
function takeBack(own: NsgpState, { change, classes }: UpdateContext): NsgpState {
  const kept = new Map([...own.classes].filter(([name]) => classes.includes(name)));
  for (const name of new Set(change.removed.map(({ label }) => label))) {
    const held = name === null ? undefined : kept.get(name);
    if (name === null || held === undefined) continue;
    kept.set(name, {
      dense: withoutRows(held.dense, rowsOf(change.removed, name, 'dense')),
      look: withoutRows(held.look, rowsOf(change.removed, name, 'look')),
    });
  }
  return { ...own, classes: kept };
}

/** Prototypes and directions after the examples that were just learned. A layer that was not trained learns none. */
function remember(
  own: NsgpState,
  { change, classes, ownBytesMax }: UpdateContext,
  scales: OfLayers<FeatureScale | undefined>,
): NsgpState {
  const directions = Math.min(
    directionsMax,
    Math.floor((directionShare * ownBytesMax) / (4 * (lengths.dense + lengths.look + 2))),
  );
  const spaces = { ...own.spaces };
  for (const layer of layerNames) {
    const scale = scales[layer];
    const rows = thinOut(rowsOf(change.added, undefined, layer).rows, lengths[layer]);
    if (scale !== undefined && directions > 0) {
      spaces[layer] = spaces[layer].with(rows, scale, directions);
    }
  }
  const room = (ownBytesMax - spaces.dense.bytes - spaces.look.bytes) / classes.length;
  const perPrototype = 2 * (lengths.dense + lengths.look) + 16;
  const most = Math.floor((room - classOverheadBytes - 2 * longest(classes)) / perPrototype);
  const update = (name: string, layer: LayerName): Prototypes => {
    const held = own.classes.get(name)?.[layer] ?? noPrototypes;
    const scale = scales[layer];
    if (scale === undefined) return held;
    const rows = rowsOf(change.added, name, layer);
    return updatePrototypes(held, rows, scale, Math.max(1, Math.min(prototypesMax, most)));
  };
  const updated = classes.map(
    (name) => [name, { dense: update(name, 'dense'), look: update(name, 'look') }] as const,
  );
  return { classes: new Map(updated), spaces };
}

function longest(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, name.length), 0);
}

/** The rows of a class's examples, of every class's without a name: its looks, or the cells near its centres. */
function rowsOf(
  examples: readonly Example[],
  name: string | undefined,
  layer: LayerName,
): ClassRows {
  const length = lengths[layer];
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

/** At most {@link directionRows} of the rows, evenly spread. */
function thinOut(rows: Float32Array, length: number): Float32Array {
  const count = rows.length / length;
  const stride = Math.max(1, Math.ceil(count / directionRows));
  const thin = new Float32Array(Math.ceil(count / stride) * length);
  for (let row = 0; row * stride < count; row++) {
    thin.set(rows.subarray(row * stride * length, (row * stride + 1) * length), row * length);
  }
  return thin;
}

function classBytes(name: string, { dense, look }: OfLayers<Prototypes>): number {
  const arrays = [dense, look].flatMap(({ vectors, targets, counts }) => [
    vectors,
    targets,
    counts,
  ]);
  return arrays.reduce(
    (sum, { byteLength }) => sum + byteLength,
    2 * name.length + classOverheadBytes,
  );
}

interface Header {
  /** Directions. */
  readonly spaces: OfLayers<number>;
  /** Prototypes. */
  readonly classes: readonly (readonly [string, OfLayers<number>])[];
}

function packState({ classes, spaces }: NsgpState): Packed {
  const header: Header = {
    spaces: {
      dense: spaces.dense.rows.length / (lengths.dense + 1),
      look: spaces.look.rows.length / (lengths.look + 1),
    },
    classes: [...classes].map(([name, { dense, look }]) => [
      name,
      { dense: dense.counts.length, look: look.counts.length },
    ]),
  };
  const prototypes = [...classes.values()].flatMap(({ dense, look }) => [dense, look]);
  const vectors = prototypes.flatMap((own) => [own.vectors, own.targets, own.counts]);
  return { header, blobs: [spaces.dense.rows, spaces.look.rows, ...vectors] };
}

function unpackState(packed: unknown, take: (length: number) => ArrayBuffer): NsgpState {
  const header = packed as Header;
  const floats = (length: number) => new Float32Array(take(4 * length));
  const takeSpace = (layer: LayerName) =>
    new FeatureSubspace(lengths[layer], floats(header.spaces[layer] * (lengths[layer] + 1)));
  const takePrototypes = (layer: LayerName, count: number): Prototypes => ({
    vectors: new Uint16Array(take(2 * count * lengths[layer])),
    targets: floats(count),
    counts: floats(count),
  });
  const spaces = { dense: takeSpace('dense'), look: takeSpace('look') };
  const classes = header.classes.map(
    ([name, { dense, look }]) =>
      [
        name,
        { dense: takePrototypes('dense', dense), look: takePrototypes('look', look) },
      ] as const,
  );
  return { spaces, classes: new Map(classes) };
}
