import type { ViewCanvas } from '../../ingest/frames/view-size.ts';

/** How a format's detectors were trained to see a picture. */
export interface InputStyle {
  readonly fit: ViewCanvas['fit'];
  readonly anchor: ViewCanvas['anchor'];
  readonly ground: number;
  readonly colour: 'rgb' | 'bgr';
  /** A byte b becomes b × scale[c] + offset[c], by channel in the order of `colour`. */
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
}

/** Letterboxed in the middle of grey 114, RGB, 0..1: what Ultralytics' exports expect. */
export const letterboxed: InputStyle = {
  fit: 'letterbox',
  anchor: 'centre',
  ground: 114,
  colour: 'rgb',
  scale: [1 / 255, 1 / 255, 1 / 255],
  offset: [0, 0, 0],
};

/** At the top left of grey 114, BGR, 0..255: YOLOX since 0.1.1. */
export const yoloxStyle: InputStyle = {
  ...letterboxed,
  anchor: 'corner',
  colour: 'bgr',
  scale: [1, 1, 1],
};

/** Stretched, RGB, 0..1: RT-DETR and its relatives. */
export const stretched: InputStyle = { ...letterboxed, fit: 'stretch', anchor: 'corner' };

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** Stretched, RGB, with ImageNet's mean and deviation: RF-DETR. */
export const imageNetStyle: InputStyle = {
  ...stretched,
  scale: [1 / (255 * imageNet.std[0]), 1 / (255 * imageNet.std[1]), 1 / (255 * imageNet.std[2])],
  offset: [
    -imageNet.mean[0] / imageNet.std[0],
    -imageNet.mean[1] / imageNet.std[1],
    -imageNet.mean[2] / imageNet.std[2],
  ],
};

/** Stretched, RGB, -1..1: TensorFlow's detectors with a float input. */
export const signedStyle: InputStyle = {
  ...stretched,
  scale: [1 / 127.5, 1 / 127.5, 1 / 127.5],
  offset: [-1, -1, -1],
};

/** Whether two styles give a model the same numbers for the same view. */
export function sameNumbers(a: InputStyle, b: InputStyle): boolean {
  const numbers = ({ colour, scale, offset }: InputStyle) => [colour, ...scale, ...offset].join();
  return numbers(a) === numbers(b);
}

/** The canvas of a style at a size. */
export function canvasFor(style: InputStyle, width: number, height: number): ViewCanvas {
  const { fit, anchor, ground } = style;
  return { width, height, fit, anchor, ground };
}
