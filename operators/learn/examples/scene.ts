import { type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import { offsetsOf } from '../../detect/heads/box-regression.ts';
import type { CropOptions } from '../../detect/crops/crop.ts';
import { cutCrops } from '../../detect/crops/cut-crops.ts';
import type { CandidateMaps } from '../../detect/engines/candidate-maps.ts';
import type { DenseMaps, Engine } from '../../detect/engines/engine.ts';
import {
  boxToSource,
  boxToView,
  placeInView,
  type ViewSize,
} from '../../ingest/frames/view-size.ts';
import { freeBuffer } from '../../foundation/threads/free-buffer.ts';
import { candidateHeat, sampleNegativePlaces, sureHeat } from './background-places.ts';
import { CandidateRows } from './candidate-rows.ts';
import { GridRows } from './grid-rows.ts';
import type { Proposal, ViewRows } from './view-rows.ts';
import type { Example } from '../strategy.ts';

/** A picture with labelled boxes. */
export interface Scene {
  /** Prefix of the ids of the scene's examples. */
  readonly id: string;
  /** Identifies the picture. Several scenes may label different objects of one picture. */
  readonly picture?: string;
  /** The picture from which crops are cut: RGB, width × height × 3. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** The same picture on the detector's canvas: RGB, `viewBytes(viewSize)` bytes. */
  readonly view: Uint8Array;
  readonly viewSize: ViewSize;
  /** Size of the picture that box coordinates refer to. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** Objects to make examples of. Null: an object that is none of the classes. */
  readonly boxes: readonly { readonly box: Box; readonly label: string | null }[];
  /**
   * True if the boxes are detections. Otherwise they were drawn, and box offsets are learned from
   * them.
   */
  readonly proposed?: boolean;
  /** Regions to learn nothing from: objects without a label so far. */
  readonly ignore: readonly Box[];
  /** Regions whose cells are left out of the background, though negatives may lie there. */
  readonly untrained?: readonly Box[];
  /**
   * True if every object of interest has a box, as in a dataset: all other proposals are negatives.
   * False for live scenes, whose negatives are confident detections of base classes, and places
   * without an object.
   */
  readonly exhaustive: boolean;
  /**
   * True if objects of the classes may lie elsewhere in it without a box, so that no proposal is a
   * negative.
   */
  readonly partly?: boolean;
  /** True to leave negatives and background empty, at half the cost. */
  readonly boxesOnly?: boolean;
}

/** Training data from one scene. */
export interface Evidence {
  /** One per box of the scene, in order. */
  readonly examples: readonly Example[];
  /**
   * Objects and proposals that are none of the classes; in live scenes also empty places and object
   * parts.
   */
  readonly negatives: readonly Example[];
  /** Per negative: latent of its peak, or else of its place, denseLatentLength values. */
  readonly negativePeaks: readonly Float32Array[];
  /** Per negative: its box in source pixels, and whether it is a detected object. */
  readonly negativePlaces: readonly { readonly box: Box; readonly isObject: boolean }[];
  /** rows × denseLatentLength: a uniform sample of those without an object of interest. */
  readonly background: Float32Array;
  /** Number of cells or candidates that one background row stands for. */
  readonly backgroundWeight: number;
}

/** Options of {@link examineScene}. */
export interface ExamineOptions {
  /** Uniform in [0, 1); seed it for reproducible runs. */
  readonly random: () => number;
}

/** What embeds crops, and how. */
export type Embedder = Pick<Engine, 'embedCrops' | 'cropSize' | 'embedding'>;

/** Most proposals used as negatives in a live scene, and in one whose objects are all labelled. */
const negativesMax = { live: 4, exhaustive: 24 };
/**
 * IoU from which a proposal is one of the boxes; with all objects labelled, the IoU of average
 * precision.
 */
const sameObject = { live: 0.3, exhaustive: 0.5 };

/**
 * Runs the detector over a scene and makes training data for a strategy from it.
 *
 * The data depend only on the scene and on `random`, not on earlier learning, so heads do not
 * depend on the order of scenes. Each box gives the cells around its centre, or the candidates that
 * fit it, and the embeddings of four crops: plain, mirrored, and two jittered and turned. A drawn
 * box also gives the crops that the detector proposes for the object. Unlabelled objects are
 * excluded from the negatives: an object that is labelled later must not have been learned as
 * background.
 */
export async function examineScene(
  engine: Pick<Engine, 'dense'> & Embedder,
  scene: Scene,
  options: ExamineOptions,
): Promise<Evidence> {
  const maps = await engine.dense(scene.view, scene.viewSize);
  try {
    return await examineMaps(maps, engine, scene, options);
  } finally {
    // Everything was copied. The largest map, 3 MB for a 320-pixel view, is freed without waiting
    // for GC.
    freeBuffer(maps.latents);
  }
}

/** {@link examineScene} with existing maps of {@link Engine.dense}, which are only read. */
export async function examineMaps(
  maps: DenseMaps | CandidateMaps,
  engine: Embedder,
  scene: Scene,
  { random }: ExamineOptions,
): Promise<Evidence> {
  const picture = pictureInView(scene);
  const rows =
    maps.kind === 'grid'
      ? new GridRows(maps, picture)
      : new CandidateRows(maps, scene.viewSize, picture);
  const proposals = rows.propose();
  const known = [...scene.boxes.map(({ box }) => box), ...scene.ignore].map((box) =>
    boxToView(box, scene),
  );
  const kind = scene.exhaustive ? 'exhaustive' : 'live';
  const negativeProposals = proposals
    .filter(({ heat }) => scene.exhaustive || heat >= sureHeat)
    .filter(({ box }) =>
      known.every((other) => intersectionOverUnion(box, other) < sameObject[kind]),
    )
    .slice(0, scene.boxesOnly === true || scene.partly === true ? 0 : negativesMax[kind]);
  const crops: CropOptions[] = [{}, { mirror: true }, jittered(random), jittered(random)];
  const examples = await labelledExamples(engine, scene, rows, proposals, crops);
  const untrained = (scene.untrained ?? []).map((box) => boxToView(box, scene));
  const hidden = scene.exhaustive
    ? [...known, ...untrained]
    : [
        ...known,
        ...untrained,
        ...proposals.filter(({ heat }) => heat >= candidateHeat).map(({ box }) => box),
      ];
  const drawn = scene.boxesOnly === true ? [] : rows.sampleBackground(hidden, random);
  const background = rows.gather(drawn);
  // Drawn last, so that the random numbers of exhaustive scenes do not depend on it.
  const emptyPlaces =
    scene.exhaustive || scene.boxesOnly === true
      ? []
      : sampleNegativePlaces(picture, { known, proposals, negatives: negativeProposals }, random);
  const allPlaces = [
    ...negativeProposals.map(({ box, row }, i) => ({
      name: `not${i}`,
      box,
      row,
      own: scene.exhaustive ? noRows : rows.rowsOf(box),
    })),
    ...emptyPlaces.map((box, i) => ({
      name: `place${i}`,
      box,
      row: rows.rowAt(box),
      own: noRows,
    })),
  ];
  const negatives: Example[] = [];
  for (const { name, box, own } of allPlaces) {
    const embeddings = await embedPlaces(engine, scene, [
      { box: boxToSource(box, scene), crop: {} },
    ]);
    negatives.push({ id: `${scene.id}/${name}`, label: null, embeddings, ...own });
  }
  const negativePeaks = allPlaces.map(({ row }) => rows.gather([row]));
  const negativePlaces = allPlaces.map(({ box }, i) => ({
    box: boxToSource(box, scene),
    isObject: i < negativeProposals.length,
  }));
  const { backgroundWeight } = rows;
  return { examples, negatives, negativePeaks, negativePlaces, background, backgroundWeight };
}

/** One example per box of the scene, each with these crops and, for a drawn box, its proposals. */
async function labelledExamples(
  engine: Embedder,
  scene: Scene,
  rows: ViewRows,
  proposals: readonly Proposal[],
  crops: readonly CropOptions[],
): Promise<Example[]> {
  const examples: Example[] = [];
  for (const [index, { box, label }] of scene.boxes.entries()) {
    const inView = boxToView(box, scene);
    const proposed =
      scene.proposed === true ? [] : rows.proposalsOf(inView, proposals, sameObject.exhaustive);
    const embeddings = await embedPlaces(engine, scene, [
      ...crops.map((crop) => ({ box, crop })),
      ...proposed.map((peak) => ({ box: boxToSource(peak, scene), crop: {} })),
    ]);
    const offsets = proposed.map((peak) => offsetsOf(peak, inView));
    examples.push({
      id: `${scene.id}/${index}`,
      label,
      embeddings,
      ...(offsets.length > 0 && { offsets }),
      ...rows.rowsOf(inView),
    });
  }
  return examples;
}

/** In an exhaustive scene the background includes the rows of negatives already. */
const noRows = { dense: new Float32Array(0), denseTargets: new Float32Array(0) };

/** Embeds one crop per place: places × values of an embedding. */
async function embedPlaces(
  engine: Embedder,
  scene: Scene,
  places: readonly { readonly box: Box; readonly crop: CropOptions }[],
): Promise<Float32Array> {
  const { pixels, logSizes, count } = cutCrops(scene, places, engine.cropSize);
  const embeddings = await engine.embedCrops(pixels, logSizes, count);
  return embeddings.slice(0, count * engine.embedding.length);
}

/**
 * A crop shifted by up to 8 % of its side, scaled by up to 15 %, mirrored half of the time, and
 * turned by one to three quarter turns: objects on the ground lie in any direction, and upright
 * ones do not suffer.
 */
function jittered(random: () => number): CropOptions {
  return {
    mirror: random() < 0.5,
    turns: (1 + Math.floor(random() * 3)) as 1 | 2 | 3,
    jitter: {
      right: (random() - 0.5) * 0.16,
      down: (random() - 0.5) * 0.16,
      scale: Math.exp((random() - 0.5) * 0.3),
    },
  };
}

/** The picture's place in its view. */
function pictureInView({ viewSize, sourceWidth, sourceHeight }: Scene): Box {
  const { left, top, width, height } = placeInView(viewSize, sourceWidth, sourceHeight);
  return [left, top, left + width, top + height];
}
