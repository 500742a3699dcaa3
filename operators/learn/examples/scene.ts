import { type Box, intersectionOverUnion } from '../../foundation/geometry/box.ts';
import { offsetsOf } from '../../detect/heads/box-regression.ts';
import type { CropOptions } from '../../detect/crops/crop.ts';
import { cutCrops } from '../../detect/crops/cut-crops.ts';
import {
  type DenseMaps,
  type Engine,
  cropEmbeddingLength,
  stride,
} from '../../detect/engines/engine.ts';
import { freeBuffer } from '../../foundation/threads/free-buffer.ts';
import { centreCell, centreCells, gatherCells } from './centre-cells.ts';
import { drawParts, drawPlaces } from './sample-background.ts';
import { type Proposal, propose, proposalsOf } from './propose.ts';
import type { Example } from '../strategy.ts';

/** A picture and what somebody said about it. */
export interface Scene {
  /** Begins the ids of the examples made from it. */
  readonly id: string;
  /** Names the picture: scenes of one name show the same one, of which only some things may have been said each time. */
  readonly picture?: string;
  /** RGB, width × height × 3: the picture, for second looks. */
  readonly full: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** RGB, viewSize × viewSize × 3: the same picture stretched to the trunk's square. */
  readonly view: Uint8Array;
  readonly viewSize: number;
  /** Size of the picture in which boxes are measured. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** Objects to make examples of. A null label: an object that is none of the classes. */
  readonly boxes: readonly { readonly box: Box; readonly label: string | null }[];
  /** True where the boxes are the detector's own and say nothing new of where objects end; always taken at their word otherwise. */
  readonly proposed?: boolean;
  /** Places to learn nothing from: objects that nobody has named yet. */
  readonly ignore: readonly Box[];
  /**
   * True when every object of interest has a box, as in a labelled set: whatever else looks like an object
   * is a negative. False for live scenes, where only what the base model names surely is one, and what shows no object.
   */
  readonly exhaustive: boolean;
  /** True where only the boxes are asked for: negatives and background are then left empty, at half the cost. */
  readonly boxesOnly?: boolean;
}

/** What a scene teaches. */
export interface Evidence {
  /** One for each of the scene's boxes, in their order. */
  readonly examples: readonly Example[];
  /** Objects and peaks that are none of the classes; of a live scene, places without an object and parts too. */
  readonly negatives: readonly Example[];
  /** Dense latent of the peak that each of them was proposed by, or of its centre, denseLatentLength values. */
  readonly negativePeaks: readonly Float32Array[];
  /** cells × denseLatentLength: some of the cells in which nothing of interest is, drawn evenly. */
  readonly background: Float32Array;
  /** Cells of the scene that one background row stands for. */
  readonly backgroundWeight: number;
}

/** How {@link examineScene} looks. */
export interface ExamineOptions {
  /** Uniform in [0, 1); seed it for runs that repeat. */
  readonly random: () => number;
}

/** Neighbouring cells say the same: more of them cost time and change nothing that was measured. */
const backgroundShare = 1 / 32;

/** Cells of a scene that one background row stands for. */
const backgroundWeight = 1 / backgroundShare;

/** Negatives of a live scene, and of a labelled one, whose every peak is worth refusing. */
const negativesMax = { live: 4, exhaustive: 24 };
/** Places without an object that are looked at in a live scene, and parts of each of its negatives. */
const placesMax = 8;
const partsEach = 1;
/** Base heat from which on the base model's word is taken in a scene that is not exhaustive. */
const sureHeat = 0.5;
/** Base heat from which on something may be an object that nobody has named yet. */
const candidateHeat = 0.15;
/** Overlap, as IoU, from which on a peak is one of the boxes: where all are known, what average precision asks for. */
const sameObject = { live: 0.3, exhaustive: 0.5 };

/**
 * Runs the trunk over a scene and turns what is known of it into evidence for a strategy.
 *
 * The evidence depends on the scene and on chance alone, not on what was learned before, so that heads made of
 * it do not depend on the order of scenes. A box gives the cells round its centre, and four second looks: plain,
 * mirrored, and two moved a little and turned; one that was drawn, looks at what a detector will propose for it as well. Unlabelled objects stay out of the negatives: one that is named later must not have
 * been learned as background before.
 */
export async function examineScene(
  engine: Pick<Engine, 'dense' | 'embedCrops'>,
  scene: Scene,
  options: ExamineOptions,
): Promise<Evidence> {
  const maps = await engine.dense(scene.view, scene.viewSize);
  try {
    return await examineMaps(maps, engine, scene, options);
  } finally {
    // All of it was copied: the largest map, 3 MB of a view of 320 pixels, need not wait to be collected.
    freeBuffer(maps.latents);
  }
}

/** {@link examineScene} for one whose view went through the trunk before: `maps` is what {@link Engine.dense} gave, and is only read. */
export async function examineMaps(
  maps: DenseMaps,
  engine: Pick<Engine, 'embedCrops'>,
  scene: Scene,
  { random }: ExamineOptions,
): Promise<Evidence> {
  const proposals = propose(maps);
  const known = [...scene.boxes.map(({ box }) => box), ...scene.ignore].map((box) =>
    toView(box, scene),
  );
  const kind = scene.exhaustive ? 'exhaustive' : 'live';
  const refused = proposals
    .filter(({ heat }) => scene.exhaustive || heat >= sureHeat)
    .filter(({ box }) =>
      known.every((other) => intersectionOverUnion(box, other) < sameObject[kind]),
    )
    .slice(0, scene.boxesOnly === true ? 0 : negativesMax[kind]);
  const crops: CropOptions[] = [{}, { mirror: true }, jittered(random), jittered(random)];
  const examples: Example[] = [];
  for (const [index, { box, label }] of scene.boxes.entries()) {
    const inView = toView(box, scene);
    const own =
      scene.proposed === true ? [] : proposalsOf(inView, maps, proposals, sameObject.exhaustive);
    const looks = await takeLooks(engine, scene, [
      ...crops.map((crop) => ({ box, crop })),
      ...own.map((peak) => ({ box: toSource(peak, scene), crop: {} })),
    ]);
    const offsets = own.map((peak) => offsetsOf(peak, inView));
    examples.push({
      id: `${scene.id}/${index}`,
      label,
      embeddings: looks,
      ...(offsets.length > 0 && { offsets }),
      ...centreCells(maps, inView),
    });
  }
  const hidden = scene.exhaustive
    ? known
    : [...known, ...proposals.filter(({ heat }) => heat >= candidateHeat).map(({ box }) => box)];
  const cells = scene.boxesOnly === true ? [] : drawCells(maps.side, hidden, random);
  const background = gatherCells(maps.latents, cells);
  // Drawn last, so that scenes in which every object is known draw as they ever did.
  const places =
    scene.exhaustive || scene.boxesOnly === true
      ? []
      : drawEmptyPlaces(scene, { known, proposals, refused }, random);
  const refusals = [
    ...refused.map(({ box, cell }, i) => ({
      ...{ name: `not${i}`, box, cell },
      cells: scene.exhaustive ? noCells : centreCells(maps, box),
    })),
    // Places lie within the view, and so do their centres.
    ...places.map((box, i) => ({
      ...{ name: `place${i}`, box, cell: centreCell(box, maps.side)!, cells: noCells },
    })),
  ];
  const negatives: Example[] = [];
  for (const { name, box, cells: own } of refusals) {
    const looks = await takeLooks(engine, scene, [{ box: toSource(box, scene), crop: {} }]);
    negatives.push({ id: `${scene.id}/${name}`, label: null, embeddings: looks, ...own });
  }
  const negativePeaks = refusals.map(({ cell }) => gatherCells(maps.latents, [cell]));
  return { examples, negatives, negativePeaks, background, backgroundWeight };
}

/** In an exhaustive scene the cells of a negative are among the background already. */
const noCells = { dense: new Float32Array(0), denseTargets: new Float32Array(0) };

/** A random share of the cells outside all boxes, in their order. */
function drawCells(side: number, boxes: readonly Box[], random: () => number): number[] {
  const covered = new Uint8Array(side * side);
  for (const [x0, y0, x1, y1] of boxes) {
    const right = Math.min(side - 1, Math.floor(x1 / stride));
    const bottom = Math.min(side - 1, Math.floor(y1 / stride));
    for (let y = Math.max(0, Math.floor(y0 / stride)); y <= bottom; y++) {
      const left = Math.max(0, Math.floor(x0 / stride));
      if (right >= left) covered.fill(1, y * side + left, y * side + right + 1);
    }
  }
  const drawn: number[] = [];
  for (let cell = 0; cell < covered.length; cell++) {
    // Drawn for covered cells too, so that a box moves nothing but itself.
    if (random() < backgroundShare && covered[cell] === 0) drawn.push(cell);
  }
  return drawn;
}

/**
 * Places of a live scene where no object is, since peaks show none, and parts of what the base model is sure of. Without
 * them all that the head knows of the rest of the world is what the base model knows, and everything else
 * looks like what was named.
 */
function drawEmptyPlaces(
  { viewSize }: Scene,
  seen: {
    readonly known: readonly Box[];
    readonly proposals: readonly Proposal[];
    readonly refused: readonly Proposal[];
  },
  random: () => number,
): Box[] {
  const { known, proposals, refused } = seen;
  const boxesOf = (peaks: readonly Proposal[]) => peaks.map(({ box }) => box);
  const away = [...known, ...boxesOf(proposals)];
  const places = drawPlaces(viewSize, { count: placesMax, away, random });
  // A part's own peak is weak, that of another thing in front of the object is not.
  const others = proposals.filter(({ heat }) => heat >= candidateHeat && heat < sureHeat);
  const notParts = [...known, ...boxesOf(others)];
  const parts = refused.flatMap(({ box }) =>
    drawParts(box, { count: partsEach, away: notParts, random }),
  );
  return [...places, ...parts];
}

async function takeLooks(
  engine: Pick<Engine, 'embedCrops'>,
  scene: Scene,
  places: readonly { readonly box: Box; readonly crop: CropOptions }[],
): Promise<Float32Array> {
  const { pixels, logSizes, count } = cutCrops(scene, places);
  const looks = await engine.embedCrops(pixels, logSizes, count);
  return looks.slice(0, count * cropEmbeddingLength);
}

/**
 * A square moved by up to 8 % of its side and up to 15 % larger or smaller, mirrored every other time, and turned by one
 * to three quarters: things on the ground lie any way round, and what stands upright loses nothing by it.
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

function scaleBox([x0, y0, x1, y1]: Box, across: number, down: number): Box {
  return [x0 * across, y0 * down, x1 * across, y1 * down];
}

function toView(box: Box, { viewSize, sourceWidth, sourceHeight }: Scene): Box {
  return scaleBox(box, viewSize / sourceWidth, viewSize / sourceHeight);
}

function toSource(box: Box, { viewSize, sourceWidth, sourceHeight }: Scene): Box {
  return scaleBox(box, sourceWidth / viewSize, sourceHeight / viewSize);
}
