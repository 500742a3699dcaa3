import { boxReader, type BoxForm } from '../candidates/boxes.ts';
import { ScoredRows } from '../candidates/scored-rows.ts';
import { rowsOf } from '../candidates/strided.ts';
import { imageNetStyle, letterboxed, stretched, type InputStyle } from '../input-style.ts';
import type { ModelOutput } from '../model-ports.ts';
import { findGrid } from './grids.ts';
import { listedYoloNas, readListedDetr } from './list-formats.ts';
import { outputOf, tableOf, type Evidence, type FormatReader, type Reading } from './reading.ts';

/** Letterboxed and BGR: as it is trained, and as SuperGradients' export scales bytes itself. */
function nasStyle({ inputType }: Evidence): InputStyle {
  const style = { ...letterboxed, colour: 'bgr' } as const;
  return inputType === 'uint8' ? { ...style, scale: [1, 1, 1] } : style;
}

/** YOLO-NAS: boxes of corners in view pixels and scores of each class apart, or a list. */
export const readYoloNas: FormatReader = (evidence) => {
  const style = nasStyle(evidence);
  const pair = pairOf(evidence.outputs);
  if (pair === null) return listedYoloNas(evidence, style);
  const isPixels = largest(pair.boxes) > 1.5;
  // DAMO-YOLO returns the same after its scores, but takes bytes, in other places of its view.
  if (evidence.outputs[0] !== pair.boxes && !evidence.isSaid) return [];
  if (!isPixels || !isProbability(pair.scores)) return [];
  const layout = `boxes of corners in view pixels, scores of ${pair.classes} classes`;
  const form = { corners: 'xyxy', across: 1, down: 1 } as const;
  return [paired('yolo-nas', layout, style, 0.7, pair, { form, isLogit: false })];
};

/**
 * RT-DETR, D-FINE, DEIM: class logits and boxes of centre, width and height as shares of the view;
 * in Ultralytics' export one table of boxes and scores; or labels, boxes and scores.
 */
export const readRtDetr: FormatReader = (evidence) => {
  const pair = pairOf(evidence.outputs);
  if (pair === null) return [...joined(evidence), ...readListedDetr(evidence)];
  if (!isQueries(pair.boxes) || isRfDetr(evidence.outputs)) return [];
  const isLogit = !isProbability(pair.scores);
  const scores = isLogit ? 'logits' : 'scores';
  const layout = `boxes as shares of the view, ${scores} of ${pair.classes} classes`;
  const form = centred(evidence);
  return [paired('rt-detr', layout, stretched, null, pair, { form, isLogit })];
};

/**
 * RF-DETR: `dets` and `labels`, boxes as shares of the view and logits, of which the first is
 * unused.
 */
export const readRfDetr: FormatReader = (evidence) => {
  const pair = pairOf(evidence.outputs);
  if (pair === null || !isQueries(pair.boxes) || isProbability(pair.scores)) return [];
  // Without its names it is recognised by COCO's 91 numbers, which RT-DETR does not use.
  if (!isRfDetr(evidence.outputs) && pair.classes !== 91 && !evidence.isSaid) return [];
  const layout = `boxes as shares of the view, logits of ${pair.classes} classes, the first unused`;
  const form = centred(evidence);
  const reading = paired('rf-detr', layout, imageNetStyle, null, pair, { form, isLogit: true });
  return [{ ...reading, classes: { count: pair.classes, firstUnused: true } }];
};

/** Ultralytics' RT-DETR: `[1, N, 4 + C]` with boxes as shares of the view and scores. */
function joined(evidence: Evidence): Reading[] {
  if (evidence.outputs.length !== 1) return [];
  return evidence.outputs.flatMap((output): Reading[] => {
    const table = tableOf(output);
    if (table === null) return [];
    const [count, width] = table;
    const classes = width - 4;
    const isGrid = [count, width].some((rows) =>
      [1, 3].some((anchors) => findGrid(rows, evidence.width, evidence.height, anchors) !== null),
    );
    // A sixth or seventh value that counts is a class: such a table is a list.
    if (classes < 1 || (isGrid && !evidence.isSaid) || !isShares(output, count, width)) return [];
    return [
      {
        format: 'rt-detr',
        layout: `[1, N, 4 + ${classes}], boxes as shares of the view`,
        style: stretched,
        classes: { count: classes, firstUnused: false },
        maxOverlap: null,
        rows: (outputs, columns) => {
          const { values } = outputOf(outputs, output.name);
          return new ScoredRows({
            count: values.length / width,
            box: boxReader(rowsOf(values, width), centred(evidence)),
            scores: rowsOf(values, width, 4),
            columns,
            objectness: null,
            isLogit: false,
          });
        },
      },
    ];
  });
}

interface Pair {
  readonly boxes: ModelOutput;
  readonly scores: ModelOutput;
  readonly classes: number;
}

/** An output of boxes and one of scores with as many rows. */
function pairOf(outputs: readonly ModelOutput[]): Pair | null {
  const tables = outputs.flatMap((output) => {
    const table = tableOf(output);
    return table === null || table[0] < 2 ? [] : [{ output, count: table[0], width: table[1] }];
  });
  if (tables.length !== 2) return null;
  const [first, second] = tables as [(typeof tables)[0], (typeof tables)[0]];
  if (first.count !== second.count) return null;
  // With four classes both are alike, and the name tells.
  const isBox = ({ output, width }: typeof first) =>
    width === 4 && (first.width !== second.width || /box|det/i.test(output.name));
  const boxes = [first, second].filter(isBox);
  if (boxes.length !== 1) return null;
  const scores = boxes[0] === first ? second : first;
  return { boxes: boxes[0]!.output, scores: scores.output, classes: scores.width };
}

function paired(
  format: Reading['format'],
  layout: string,
  style: InputStyle,
  maxOverlap: number | null,
  { boxes, scores, classes }: Pair,
  { form, isLogit }: { readonly form: BoxForm; readonly isLogit: boolean },
): Reading {
  return {
    format,
    layout,
    style,
    classes: { count: classes, firstUnused: false },
    maxOverlap,
    rows: (outputs, columns) => {
      const { values } = outputOf(outputs, boxes.name);
      return new ScoredRows({
        count: values.length / 4,
        box: boxReader(rowsOf(values, 4), form),
        scores: rowsOf(outputOf(outputs, scores.name).values, classes),
        columns,
        objectness: null,
        isLogit,
      });
    },
  };
}

function centred({ width, height }: Evidence): BoxForm {
  return { corners: 'centre', across: width, down: height };
}

function isRfDetr(outputs: readonly ModelOutput[]): boolean {
  return (
    outputs.some(({ name }) => name === 'dets') && outputs.some(({ name }) => name === 'labels')
  );
}

/** Boxes of queries are shares of the view: a sigmoid's values. */
function isQueries({ values }: ModelOutput): boolean {
  return values.every((value) => value >= 0 && value <= 1);
}

/**
 * Whether the first four values and all others of each row are shares, and the last do not count.
 */
function isShares({ values }: ModelOutput, count: number, width: number): boolean {
  if (!values.every((value) => value >= 0 && value <= 1)) return false;
  for (let row = 0; row < count; row++) if (values[row * width + width - 1]! % 1 !== 0) return true;
  return false;
}

function isProbability({ values }: ModelOutput): boolean {
  return values.every((value) => value >= 0 && value <= 1);
}

function largest({ values }: ModelOutput): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
