import type {
  Dataset,
  LabelledImage,
  LabelledObject,
} from '../../../operators/datasets/dataset.ts';
import { loadPicture } from '../../../operators/datasets/load-picture.ts';
import type { Detector } from '../../../operators/detect/detector.ts';
import { observe } from '../../../operators/detect/observe.ts';
import {
  type CandidateSet,
  findCommonObjects,
} from '../../../operators/discover/photos/common-object.ts';
import { prominence } from '../../../operators/discover/photos/prominence.ts';
import { areaOf, type Box } from '../../../operators/foundation/geometry/box.ts';
import { defaultMaxSide } from '../../../operators/ingest/pictures/fit-within.ts';
import { embedBoxes, embedderOf } from '../predict-picture.ts';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';

/** What one photo was taken to show. */
export interface PhotoLine {
  /** Path of the photo in its folder. */
  readonly photo: string;
  readonly class: string;
  /** Left, top, right, bottom in pixels of the upright photo. */
  readonly box: Box;
  /** Share of the votes among the candidates of the photo, 0 to 1; null if not sought now. */
  readonly score: number | null;
  /** `corrected`: somebody drew the box in `boxes.json`. */
  readonly is: 'object' | 'whole picture' | 'corrected';
}

/** Weaker peaks are everywhere in a photo: then nothing stands out. */
const objectnessMin = 0.02;
/** Of two boxes that overlap more, the weaker is left out. */
const maxOverlap = 0.7;
/** Candidates of one photo, each of which costs a crop embedding. */
export const candidatesMax = 20;
/** Photos of one class that vote together: bounds their embeddings to some 10 MB. */
export const photosPerVote = 100;

export interface LocateOptions {
  /** How views are made. */
  readonly viewSize: ViewPlan;
  readonly signal: AbortSignal;
}

/**
 * Finds the object of every photo that has no box: the candidate on which the photos of its class
 * agree, or the whole picture where nothing stands out. Returns the set with the boxes, and a line
 * per object of the set. Rejects with a `DatasetError` for a broken picture.
 */
export async function locateObjects<T extends Pick<Dataset, 'classes' | 'images'>>(
  set: T,
  detector: Pick<Detector, 'detect' | 'embedCrops' | 'describe'>,
  { viewSize, signal }: LocateOptions,
): Promise<{ readonly set: T; readonly lines: readonly PhotoLine[] }> {
  const located = new Map<LabelledImage, Located>();
  for (const name of set.classes) {
    const photos = set.images.filter((image) => soughtIn(image)?.class === name);
    // Of even size: a photo alone would have no vote.
    const votes = Math.max(1, Math.ceil(photos.length / photosPerVote));
    const size = Math.max(1, Math.ceil(photos.length / votes));
    for (let at = 0; at < photos.length; at += size) {
      const batch = photos.slice(at, at + size);
      const candidates: PhotoCandidates[] = [];
      for (const photo of batch) {
        signal.throwIfAborted();
        candidates.push(await candidatesOf(photo, detector, viewSize));
      }
      for (const [photo, place] of vote(candidates)) located.set(photo, place);
    }
  }
  const images = set.images.map((image): LabelledImage => {
    const place = located.get(image);
    if (place === undefined) return image;
    const objects = image.objects.map((object): LabelledObject => {
      if (object.boxOrigin !== 'picture' || place.box === null) return object;
      return { ...object, box: place.box, boxOrigin: 'found' };
    });
    return { ...image, objects };
  });
  const scores = new Map(
    [...located].map(([{ id }, { score, box }]) => [id, box === null ? null : score]),
  );
  return { set: { ...set, images }, lines: photoLines(images, scores) };
}

/** A line per object of the photos; `scores` by the id of the photo. */
export function photoLines(
  images: readonly LabelledImage[],
  scores: ReadonlyMap<string, number | null> = new Map(),
): PhotoLine[] {
  return images.flatMap(({ id, width, height, objects }) =>
    objects.map(({ class: name, box, boxOrigin }): PhotoLine => {
      const line = { photo: id, class: name, box };
      if (boxOrigin === undefined) return { ...line, score: null, is: 'corrected' };
      const isWhole = areaOf(box) >= width * height;
      return { ...line, score: scores.get(id) ?? null, is: isWhole ? 'whole picture' : 'object' };
    }),
  );
}

/** The object of a photo whose box is not known. */
function soughtIn({ objects }: LabelledImage): LabelledObject | undefined {
  return objects.find(({ boxOrigin }) => boxOrigin === 'picture');
}

interface Located {
  /** Null: the whole picture. */
  readonly box: Box | null;
  readonly score: number;
}

interface PhotoCandidates extends CandidateSet {
  readonly photo: LabelledImage;
  readonly boxes: readonly Box[];
}

async function candidatesOf(
  photo: LabelledImage,
  detector: Pick<Detector, 'detect' | 'embedCrops' | 'describe'>,
  plan: ViewPlan,
): Promise<PhotoCandidates> {
  const picture = await loadPicture(photo, { viewSize: plan, sideMax: defaultMaxSide });
  const { viewSize } = picture;
  const { peaks } = await detector.detect(picture);
  const size = { viewSize, sourceWidth: photo.width, sourceHeight: photo.height };
  const seen = observe(peaks, size, detector.describe.baseClasses, {
    minObjectness: objectnessMin,
    maxOverlap,
  });
  const ranked = seen
    .map(({ box, objectness }) => ({ box, prominence: prominence({ box, objectness }, photo) }))
    .sort((a, b) => b.prominence - a.prominence)
    .slice(0, candidatesMax);
  const embeddings = await embedBoxes(embedderOf(detector), picture, ranked, size);
  const { length } = detector.describe.embedding;
  // Without the two log sizes: the look, not the size.
  const lookLength = length - 2;
  const looks = new Float32Array(ranked.length * lookLength);
  for (let i = 0; i < ranked.length; i++) {
    const start = i * length;
    looks.set(embeddings.subarray(start, start + lookLength), i * lookLength);
  }
  return {
    photo,
    boxes: ranked.map(({ box }) => box),
    prominence: ranked.map((each) => each.prominence),
    looks,
  };
}

function vote(photos: readonly PhotoCandidates[]): (readonly [LabelledImage, Located])[] {
  const voters = photos.filter(({ boxes }) => boxes.length > 0);
  const [first] = voters;
  const lookLength = first === undefined ? 0 : first.looks.length / first.boxes.length;
  const chosen = findCommonObjects(voters, lookLength);
  const places = new Map(
    voters.map(({ photo, boxes }, i): [LabelledImage, Located] => {
      const { index, score } = chosen[i]!;
      return [photo, { box: boxes[index]!, score }];
    }),
  );
  return photos.map(({ photo }) => [photo, places.get(photo) ?? { box: null, score: 0 }]);
}
