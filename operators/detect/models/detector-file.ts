/**
 * How the outputs of a detector are read, and its input made; docs/detectors.md says more.
 *
 * - `yolox`: rows of box, objectness and class scores on a grid, decoded or not.
 * - `yolov5`: the same with three anchors a cell, decoded; also YOLOv7, and YOLOv6.
 * - `yolov8`: boxes and class scores without objectness; v8 to v26 of Ultralytics, YOLOv9.
 * - `end-to-end`: a list of boxes with score and class, overlaps already suppressed.
 * - `yolo-nas`: boxes and scores apart, or a list of them.
 * - `rt-detr`: queries of boxes and class scores, or a list of them; also D-FINE and DEIM.
 * - `rf-detr`: queries of boxes and class logits, the first class unused.
 * - `ssd`: the four outputs of TensorFlow's detection models.
 */
export const detectorFormats = [
  'yolox',
  'yolov5',
  'yolov8',
  'end-to-end',
  'yolo-nas',
  'rt-detr',
  'rf-detr',
  'ssd',
] as const;
/** How a model takes pictures and lays out what it finds: docs/detectors.md. */
export type DetectorFormat = (typeof detectorFormats)[number];

/** A detector of the user. */
export interface DetectorFile {
  /** The model: an ONNX file, or the model.json of a TensorFlow.js GraphModel. */
  readonly path: string;
  /** `auto` recognises it by its outputs and metadata. */
  readonly format: DetectorFormat | 'auto';
  /**
   * File with the names of its classes, or `coco-80` or `coco-91`; null takes those of its
   * metadata, or COCO's where their number fits.
   */
  readonly names: string | null;
  /**
   * `own`: views in nearly the shape of each picture, where a model of any width and height has
   * letterboxed ones and rows on a grid. Default: square, or as the model is.
   */
  readonly shape?: 'own' | 'square';
}
