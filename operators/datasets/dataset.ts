import type { Box } from '../foundation/geometry/box.ts';

/** An annotated object. */
export interface LabelledObject {
  readonly class: string;
  /** Inside the picture, with an area. */
  readonly box: Box;
  /** Excluded from evaluation because it is hard to see (VOC's `difficult`). */
  readonly difficult: boolean;
  /** A region of many objects (COCO's `iscrowd`). */
  readonly crowd: boolean;
  /**
   * Where the box comes from. Absent: somebody drew it. `picture`: nobody did, and the box is the
   * whole picture, somewhere in which the object is. `found`: a program found it. A picture with
   * such an object may show others that have no box.
   */
  readonly boxOrigin?: 'picture' | 'found';
}

/** A picture and its annotated objects. */
export interface LabelledImage {
  /**
   * Unique in its dataset. VOC: stem of the XML file. COCO: id. CVAT: name of the image or number
   * of the frame. Label Studio: id of the task. YOLO, photos: path in the folder.
   */
  readonly id: string;
  /** The picture's file. */
  readonly path: string;
  /** Size in upright pixels: after the EXIF orientation. Boxes are in these, too. */
  readonly width: number;
  readonly height: number;
  readonly objects: readonly LabelledObject[];
  /**
   * Name of the recording that the picture is a frame of, or of the object that it follows, where
   * the set names them (`#tracks=FILE`). Pictures of one track are not independent of each other.
   */
  readonly track?: string;
}

/** A dataset of labelled images; the pixels stay in their files. */
export interface Dataset {
  /**
   * VOC, photos and Label Studio: sorted by name. COCO: by category id. CVAT and YOLO: in the order
   * of the list of names.
   */
  readonly classes: readonly string[];
  /**
   * VOC: in the order of the list, else by name. COCO: by id. CVAT and Label Studio: in the order
   * of the file. YOLO: by path.
   */
  readonly images: readonly LabelledImage[];
  /** The corrections made on reading, one line each, for users. */
  readonly warnings: readonly string[];
  /** The broken pictures that were left out, where that was asked for. */
  readonly skipped: readonly SkippedPicture[];
  /** Numbers of the corrections. */
  readonly mended: {
    /** Boxes that exceeded their picture and were clipped. */
    readonly clippedBoxes: number;
    /** Boxes without an area inside their picture, dropped. */
    readonly droppedBoxes: number;
    /** Pictures of another size than their annotation states; boxes are not rescaled. */
    readonly otherSizes: number;
    /** Pictures without a label file (YOLO), which count as empty. */
    readonly unlabelledImages: number;
    /** Pictures with boxes in stored pixels, which were turned upright with them. */
    readonly turnedImages: number;
    /** Broken pictures that were left out with their objects. */
    readonly brokenPictures: number;
  };
}

/** A picture that was left out of a dataset. */
export interface SkippedPicture {
  readonly path: string;
  /** What is wrong with it, in one line. */
  readonly reason: string;
}

/**
 * The pixels in which an annotation gives boxes of a picture with an EXIF orientation: those of the
 * `upright` picture, as people see it, or those `stored` in the file.
 */
export type BoxSpace = 'upright' | 'stored';

/** An image as annotated, before its picture is opened. */
export interface AnnotatedImage {
  readonly id: string;
  readonly path: string;
  /** The size that the annotation states; null if it states none. */
  readonly stated: { readonly width: number; readonly height: number } | null;
  /** Boxes may exceed the picture; coordinates are finite and corners ordered. */
  readonly objects: readonly LabelledObject[];
  /** Whether boxes are relative to the size of the picture, 0 to 1, instead of in pixels. */
  readonly relative: boolean;
  /**
   * What the format or its tool says for certain. `unknown`, the default, is decided by the stated
   * size and by which reading the boxes fit; where neither tells, boxes are upright.
   */
  readonly boxSpace?: BoxSpace | 'unknown';
}

/** A dataset as annotated, before its pictures are opened. */
export interface AnnotatedDataset extends Pick<Dataset, 'classes' | 'warnings'> {
  readonly images: readonly AnnotatedImage[];
  /** Paths of the pictures without a label file, for formats that allow it. */
  readonly unlabelled: readonly string[];
}
