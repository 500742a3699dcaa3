import { denseLatentLength } from '../../../detect/engines/engine.ts';
import type { TfjsCore } from '../../../detect/engines/tfjs/tfjs-model.ts';
import type { ClassMove, Strategy } from '../../strategy.ts';
import {
  joinClasses,
  noPrototypes,
  type Prototypes,
  updatePrototypes,
  withoutRows,
} from './class-prototypes.ts';
import { embeddingLengthOf } from '../embedding-option.ts';
import { rowsOf, thinOut } from './class-rows.ts';
import { splitHeldClasses } from '../gradient/class-split.ts';
import type { FeatureScale } from '../gradient/feature-scale.ts';
import { FeatureSubspace } from './feature-subspace.ts';
import type { GradientOptions } from '../gradient/gradient-options.ts';
import { GradientStrategy } from '../gradient/gradient-strategy.ts';
import type { LayerContext, LayerName, Method, Packed, UpdateContext } from '../gradient/method.ts';
import { crossEntropy, type Matrix, type Objective, transpose } from '../gradient/train-layer.ts';

const layerNames = ['dense', 'crop'] as const;

/** Per class and layer: one coarse prototype and nine fine ones. */
const prototypesMax = 10;
/** Directions of old inputs per layer. */
const directionsMax = 32;
/** Largest share of the own bytes for directions. */
const directionShare = 0.3;
/** Overhead of one class: objects and headers of its six arrays, and its map entry. */
const classOverheadBytes = 2048;

/** One value per layer. */
type OfLayers<T> = Readonly<Record<LayerName, T>>;

interface ProjectionState {
  readonly classes: ReadonlyMap<string, OfLayers<Prototypes>>;
  /** The subspaces spanned by the inputs of old classes. */
  readonly spaces: OfLayers<FeatureSubspace>;
}

/**
 * Replays prototypes of old classes, one coarse and several fine, and moves the weights of old
 * classes only orthogonally to the inputs they were learned from.
 *
 * This is not the paper's method, hence the name: the paper projects the gradients of the feature
 * extractor and protects the classifier by prototypes. Here the extractor is frozen and only the
 * classifier is trained. So the rows of old classes are projected, which keeps their outputs on old
 * inputs, and the prototypes serve as negatives for new classes. The paper uses the null space of a
 * full covariance matrix, this method that of its 32 strongest directions. Gradients are projected,
 * and after each step the weights again, because Adam turns a projected gradient out of its plane.
 * The paper finds fine prototypes by a cosine of 0.6 between raw features; here these are all
 * positive and therefore all similar, so standardised features are used.
 */
const gradientProjectionMethod = (embeddingLength: number): Method<ProjectionState> => ({
  name: 'gradient-projection',
  paper:
    'After Demystifying catastrophic forgetting in two-stage incremental object detector, Wu et al., 2025',
  ownShare: 0.75,
  keepsNegatives: false,
  tuning: { learningRate: 0.003 },
  empty: {
    classes: new Map(),
    spaces: {
      dense: new FeatureSubspace(denseLatentLength),
      crop: new FeatureSubspace(embeddingLength),
    },
  },
  bytes: ({ classes, spaces }) =>
    spaces.dense.bytes +
    spaces.crop.bytes +
    [...classes].reduce((sum, [name, layers]) => sum + classBytes(name, layers), 0),
  pack: packState,
  unpack: (header, take) => unpackState(header, take, embeddingLength),
  admit: removeExamples,
  move: movePrototypes,
  examples: ({ classes }, { change }) => [
    ...change.added,
    ...[...classes].map(([label, { dense, crop }]) => ({
      label,
      dense: dense.vectors,
      denseTargets: dense.targets,
      embeddings: crop.vectors,
    })),
  ],
  objective: ({ spaces }, context) => projected(spaces[context.layer], context),
  consolidate: (own, context, trained) =>
    addExamples(own, context, { dense: trained.dense?.scale, crop: trained.crop?.scale }),
});

/** A `gradient-projection` strategy that has learned nothing yet. */
export function createGradientProjection(options?: GradientOptions): Strategy {
  return new GradientStrategy(gradientProjectionMethod(embeddingLengthOf(options ?? {})), options);
}

/** Cross-entropy whose steps do not change the old classes' outputs on old inputs. */
function projected(space: FeatureSubspace, context: LayerContext): Objective {
  const { classes, scale, start } = context;
  const { old } = splitHeldClasses(context);
  const basis = space.basis(scale);
  if (old.length === 0 || basis.length === 0) return crossEntropy;
  const held = new Float32Array(classes.length);
  for (const column of old) held[column] = 1;
  const width = scale.length + 1;
  // Transposed once, because the WebAssembly backend is slow at products that transpose.
  const transposed = transpose(basis, width);
  const project = (moved: Matrix, tf: TfjsCore) => {
    const count = basis.length / width;
    const shares = tf.matMul<Matrix>(moved, tf.tensor2d(transposed, [width, count]));
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

/** Removes removed examples from the prototypes, and drops classes without examples. */
function removeExamples(own: ProjectionState, { change, classes }: UpdateContext): ProjectionState {
  const moving = (change.moved ?? []).map(({ from }) => from);
  const known = new Set([...classes, ...moving]);
  const kept = new Map([...own.classes].filter(([name]) => known.has(name)));
  for (const name of new Set(change.removed.map(({ label }) => label))) {
    const held = name === null ? undefined : kept.get(name);
    if (name === null || held === undefined) continue;
    kept.set(name, {
      dense: withoutRows(held.dense, rowsOf(change.removed, name, 'dense', own)),
      crop: withoutRows(held.crop, rowsOf(change.removed, name, 'crop', own)),
    });
  }
  return { ...own, classes: kept };
}

/** Joins the prototypes of one class with those of another, or drops them. */
function movePrototypes(own: ProjectionState, { from, to }: ClassMove): ProjectionState {
  const moving = own.classes.get(from);
  if (moving === undefined || from === to) return own;
  const classes = new Map([...own.classes].filter(([name]) => name !== from));
  if (to === null) return { ...own, classes };
  const held = classes.get(to);
  const join = (layer: LayerName) =>
    held === undefined
      ? moving[layer]
      : joinClasses(held[layer], moving[layer], own.spaces[layer].length, prototypesMax);
  classes.set(to, { dense: join('dense'), crop: join('crop') });
  return { ...own, classes };
}

/** Adds the added examples to the prototypes and subspaces of the layers that were trained. */
async function addExamples(
  own: ProjectionState,
  { change, classes, ownBytesMax, pause }: UpdateContext,
  scales: OfLayers<FeatureScale | undefined>,
): Promise<ProjectionState> {
  const values = own.spaces.dense.length + own.spaces.crop.length;
  const directions = Math.min(
    directionsMax,
    Math.floor((directionShare * ownBytesMax) / (4 * (values + 2))),
  );
  const spaces = { ...own.spaces };
  for (const layer of layerNames) {
    const scale = scales[layer];
    const { rows: all } = rowsOf(change.added, undefined, layer, own);
    const rows = thinOut(all, own.spaces[layer].length);
    if (scale !== undefined && directions > 0) {
      spaces[layer] = spaces[layer].with(rows, scale, directions);
      await pause();
    }
  }
  const room = (ownBytesMax - spaces.dense.bytes - spaces.crop.bytes) / classes.length;
  const perPrototype = 2 * values + 16;
  const most = Math.floor((room - classOverheadBytes - 2 * longest(classes)) / perPrototype);
  const update = (name: string, layer: LayerName): Prototypes => {
    const held = own.classes.get(name)?.[layer] ?? noPrototypes;
    const scale = scales[layer];
    if (scale === undefined) return held;
    const rows = rowsOf(change.added, name, layer, own);
    return updatePrototypes(held, rows, scale, Math.max(1, Math.min(prototypesMax, most)));
  };
  const updated = new Map<string, OfLayers<Prototypes>>();
  for (const name of classes) {
    updated.set(name, { dense: update(name, 'dense'), crop: update(name, 'crop') });
    await pause();
  }
  return { classes: updated, spaces };
}

function longest(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, name.length), 0);
}

function classBytes(name: string, { dense, crop }: OfLayers<Prototypes>): number {
  const arrays = [dense, crop].flatMap(({ vectors, targets, counts }) => [
    vectors,
    targets,
    counts,
  ]);
  return arrays.reduce(
    (sum, { byteLength }) => sum + byteLength,
    2 * name.length + classOverheadBytes,
  );
}

/** A number per layer; `look` is the crop layer. The keys are part of the file format. */
interface SavedCounts {
  readonly dense: number;
  readonly look: number;
}

interface Header {
  /** Directions. */
  readonly spaces: SavedCounts;
  /** Prototypes by class. */
  readonly classes: readonly (readonly [string, SavedCounts])[];
}

function packState({ classes, spaces }: ProjectionState): Packed {
  const header: Header = {
    spaces: {
      dense: spaces.dense.rows.length / (spaces.dense.length + 1),
      look: spaces.crop.rows.length / (spaces.crop.length + 1),
    },
    classes: [...classes].map(([name, { dense, crop }]) => [
      name,
      { dense: dense.counts.length, look: crop.counts.length },
    ]),
  };
  const prototypes = [...classes.values()].flatMap(({ dense, crop }) => [dense, crop]);
  const vectors = prototypes.flatMap((held) => [held.vectors, held.targets, held.counts]);
  return { header, blobs: [spaces.dense.rows, spaces.crop.rows, ...vectors] };
}

function unpackState(
  packed: unknown,
  take: (length: number) => ArrayBuffer,
  embeddingLength: number,
): ProjectionState {
  const header = packed as Header;
  const lengths = { dense: denseLatentLength, crop: embeddingLength };
  const floats = (length: number) => new Float32Array(take(4 * length));
  const takeSpace = (layer: LayerName, directions: number) =>
    new FeatureSubspace(lengths[layer], floats(directions * (lengths[layer] + 1)));
  const takePrototypes = (layer: LayerName, count: number): Prototypes => ({
    vectors: new Uint16Array(take(2 * count * lengths[layer])),
    targets: floats(count),
    counts: floats(count),
  });
  const spaces = {
    dense: takeSpace('dense', header.spaces.dense),
    crop: takeSpace('crop', header.spaces.look),
  };
  const classes = header.classes.map(
    ([name, { dense, look }]) =>
      [
        name,
        { dense: takePrototypes('dense', dense), crop: takePrototypes('crop', look) },
      ] as const,
  );
  return { spaces, classes: new Map(classes) };
}
