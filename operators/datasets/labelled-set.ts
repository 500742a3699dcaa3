import type { Box } from '../foundation/geometry/box.ts';

/** One object that an annotator drew. */
export interface LabelledObject {
  readonly class: string;
  /** Inside the picture, with an area. */
  readonly box: Box;
  /** Hard to see: not to be held against anybody (VOC's `difficult`). */
  readonly difficult: boolean;
  /** A region of many objects (COCO's `iscrowd`). */
  readonly crowd: boolean;
}

/** One picture and what is in it. */
export interface LabelledImage {
  /** Unique in its set. VOC: the XML's stem. COCO: the id. YOLO: the path below the folder. */
  readonly id: string;
  /** The picture's file. */
  readonly path: string;
  /** The picture's own size in pixels, as stored: an EXIF orientation is not applied. */
  readonly width: number;
  readonly height: number;
  readonly objects: readonly LabelledObject[];
}

export interface LabelledSet {
  /** VOC: sorted by name. COCO: by category id. YOLO: as in its list of names. */
  readonly classes: readonly string[];
  /** VOC: in the list's order, else by name. COCO: by id. YOLO: by path. */
  readonly images: readonly LabelledImage[];
  /** What was mended on reading; one line each, for a person. */
  readonly warnings: readonly string[];
  readonly mended: {
    /** Boxes that reached past the picture and were cut to it. */
    readonly clippedBoxes: number;
    /** Boxes without area in the picture, left out. */
    readonly droppedBoxes: number;
    /** Pictures of another size than their annotation says; boxes are taken as they are. */
    readonly otherSizes: number;
    /** Pictures without a file of labels (YOLO), taken to show nothing. */
    readonly unlabelledImages: number;
  };
}

/** A picture as its annotation describes it, before the picture itself was looked at. */
export interface AnnotatedImage {
  readonly id: string;
  readonly path: string;
  /** The size that the annotation states; null where it states none. */
  readonly stated: { readonly width: number; readonly height: number } | null;
  /** Boxes may reach past the picture; coordinates are finite, corners the right way round. */
  readonly objects: readonly LabelledObject[];
  /** True for formats whose boxes are shares of the picture, 0..1. */
  readonly relative: boolean;
}

/** A set as its files describe it, before its pictures were looked at. */
export interface AnnotatedSet extends Pick<LabelledSet, 'classes' | 'warnings'> {
  readonly images: readonly AnnotatedImage[];
  /** Paths of the pictures that have no file of labels, where a set may have such. */
  readonly unlabelled: readonly string[];
}
