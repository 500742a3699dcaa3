import type { LabelledImage, LabelledObject } from '../../../operators/datasets/dataset.ts';
import { stride } from '../../../operators/detect/engines/engine.ts';
import { areaOf, intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import {
  aspectMax,
  squareOf,
  viewOf,
  type ViewPlan,
} from '../../../operators/ingest/frames/view-plan.ts';
import {
  canvasOf,
  placeInView,
  type ViewSize,
} from '../../../operators/ingest/frames/view-size.ts';
import type { ClassFigures } from './set-figures.ts';

/** Something that is allowed in a set, but more often a mistake than meant. */
export interface Oddity {
  readonly what: string;
  readonly count: number;
  /** The first places, at most {@link examplesMax}. */
  readonly examples: readonly string[];
}

const examplesMax = 5;
/** Share of the picture from which a box covers it. */
const coveringShare = 0.95;
/** IoU from which two boxes are one drawn twice. */
const sameBox = 0.95;
/** Ratios of the longer side to the shorter from which a box or a picture is long. */
const longBox = 10;
const longPicture = 3;
/** A class with fewer objects is hardly learned, and never held out for the gate. */
const objectsMin = 5;

/** Counts oddities by their kind, with the first places of each. */
export class Oddities {
  readonly #found = new Map<string, { count: number; readonly examples: string[] }>();

  add(what: string, where: string): void {
    const found = this.#found.get(what) ?? { count: 0, examples: [] };
    found.count++;
    if (found.examples.length < examplesMax) found.examples.push(where);
    this.#found.set(what, found);
  }

  get all(): readonly Oddity[] {
    return [...this.#found].map(([what, { count, examples }]) => ({ what, count, examples }));
  }
}

/** Adds what is odd about the boxes of one picture, for a detector with such views. */
export function addOddBoxes(odd: Oddities, image: LabelledImage, plan: ViewPlan): void {
  const { width, height, objects } = image;
  if (objects.length === 0) odd.add('pictures without an object', image.id);
  const view = viewOf(plan, width, height);
  const place = placeInView(view, width, height);
  addLong(odd, image, view);
  for (const object of objects) {
    const [across, down] = sidesOf(object);
    const where = `${object.class} in ${image.id}`;
    const inView = Math.min((across * place.width) / width, (down * place.height) / height);
    if (inView < stride) {
      odd.add(`boxes under ${stride} pixels in the detector’s view of ${sideOf(plan)}`, where);
    }
    const isWhole = areaOf(object.box) >= coveringShare * width * height;
    if (isWhole) odd.add('boxes that cover their picture', where);
    if (Math.max(across / down, down / across) >= longBox) {
      odd.add(`boxes over ${longBox} times as long as wide`, where);
    }
  }
  addTwice(odd, image);
}

/** Adds a picture so long that a square squeezes it, or that it fills little of a longer view. */
function addLong(odd: Oddities, { id, width, height }: LabelledImage, view: ViewSize): void {
  const ratio = Math.max(width / height, height / width);
  const { fit, ...canvas } = canvasOf(view);
  const what = 'times as long as wide, which the detector';
  if (fit === 'letterbox' && ratio > aspectMax)
    odd.add(`pictures over ${aspectMax} ${what} sees small`, id);
  if (fit === 'stretch' && canvas.width === canvas.height && ratio >= longPicture)
    odd.add(`pictures over ${longPicture} ${what} squeezes`, id);
}

function sideOf(plan: ViewPlan): number {
  const { width, height } = canvasOf(squareOf(plan));
  return Math.max(width, height);
}

/** Adds classes that are hardly learned. */
export function addRareClasses(odd: Oddities, classes: readonly ClassFigures[]): void {
  for (const { class: name, objects } of classes) {
    if (objects === 0) odd.add('classes without an object', name);
    else if (objects < objectsMin) {
      odd.add(`classes with fewer than ${objectsMin} objects`, `${name} (${objects})`);
    }
  }
}

/** In the order of their left sides, boxes that are alike are close to each other. */
function addTwice(odd: Oddities, { id, objects }: LabelledImage): void {
  const sorted = objects.filter(({ crowd }) => !crowd).sort((a, b) => a.box[0] - b.box[0]);
  for (const [i, object] of sorted.entries()) {
    const reach = object.box[0] + (1 - sameBox) * sidesOf(object)[0];
    for (let j = i + 1; j < sorted.length && sorted[j]!.box[0] <= reach; j++) {
      const other = sorted[j]!;
      if (intersectionOverUnion(object.box, other.box) < sameBox) continue;
      const isSame = object.class === other.class;
      if (isSame) odd.add('boxes drawn twice', `${object.class} in ${id}`);
      else odd.add('boxes of two classes in one place', `${object.class}, ${other.class} in ${id}`);
    }
  }
}

function sidesOf({ box }: LabelledObject): readonly [number, number] {
  return [box[2] - box[0], box[3] - box[1]];
}
