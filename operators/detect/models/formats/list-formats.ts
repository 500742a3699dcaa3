import { boxReader, type BoxForm } from '../candidates/boxes.ts';
import { ListedRows } from '../candidates/listed-rows.ts';
import { rowsOf } from '../candidates/strided.ts';
import { letterboxed, signedStyle, stretched, type InputStyle } from '../input-style.ts';
import type { ModelOutput } from '../model-ports.ts';
import { BoxUnits } from './box-units.ts';
import { findGrid } from './grids.ts';
import { orderedParts, type ListParts } from './list-parts.ts';
import {
  classByNumber,
  listOf,
  outputOf,
  tableOf,
  type Evidence,
  type FormatReader,
  type Reading,
} from './reading.ts';

/** Mask coefficients that the rows of a segmenting model have after everything else. */
export const maskValues = 32;

const pixels: BoxForm = { corners: 'xyxy', across: 1, down: 1 };
const anyClasses = { count: null, firstUnused: false } as const;

/**
 * `[1, N, 6]`: left, top, right, bottom, score, class; overlaps are suppressed in the model. Of a
 * segmenting model, mask coefficients follow. YOLOv7 writes `[N, 7]`, YOLOv5 for TensorFlow.js
 * boxes, scores, classes and number.
 */
export const readEndToEnd: FormatReader = (evidence) => {
  const flat = flatOf(evidence);
  if (flat !== null && flat.order !== 'score, class') return [readFlat('end-to-end', flat.name)];
  if (isTensorFlow(evidence)) return [];
  const ordered = orderedParts(evidence.outputs);
  if (ordered !== null) return [readOrdered(evidence, ordered)];
  const hasMasks = evidence.outputs.some(({ shape }) => shape.length === 4);
  return evidence.outputs.flatMap((output): Reading[] => {
    const [count, width] = tableOf(output) ?? [0, 0];
    if (width !== 6 && !(hasMasks && width === 6 + maskValues)) return [];
    const isGrid = [1, 3].some(
      (anchors) => findGrid(count, evidence.width, evidence.height, anchors) !== null,
    );
    // Rows on a grid are boxes with scores of one or two classes, unless their sixth value counts.
    if (!isList(output, width) || (isGrid && !evidence.isSaid)) return [];
    const units = new BoxUnits(evidence);
    const see = (values: Float32Array) =>
      units.see(rowsOf(values, width), rowsOf(values, width, 4), values.length / width);
    see(output.values);
    return [
      {
        format: 'end-to-end',
        layout: `[1, N, ${width}], corners in ${units.words}, score, class`,
        style: letterboxed,
        classes: anyClasses,
        maxOverlap: null,
        rows: (outputs, numbers) => {
          const { values } = outputOf(outputs, output.name);
          const { form } = see(values);
          return tableRows(values, width, numbers, { form, boxAt: 0, scoreAt: 4, classAt: 5 });
        },
      },
    ];
  });
};

function readOrdered(evidence: Evidence, parts: ListParts): Reading {
  const units = new BoxUnits(evidence);
  seeParts(units, parts.boxes.values, parts.scores.values, parts.number?.values);
  return listed('end-to-end', 'boxes, scores, classes, number (YOLOv5)', letterboxed, units, parts);
}

/** A list `[N, 7]` of picture, box, and score and class in one order or the other. */
interface FlatList {
  readonly name: string;
  /** `either` where nothing tells them apart. */
  readonly order: 'score, class' | 'class, score' | 'either';
}

function flatOf({ outputs }: Evidence): FlatList | null {
  const output = outputs.find(({ shape }) => shape.length === 2 && shape[1] === 7);
  if (output === undefined || outputs.length !== 1) return null;
  const { name } = output;
  const [first, second] = [column(output, 7, 5), column(output, 7, 6)];
  const isScoreFirst = isShare(first) && isWhole(second);
  const isClassFirst = isWhole(first) && isShare(second);
  // A list may be empty for a grey picture, or of first classes that are sure; then its name tells.
  if (isScoreFirst !== isClassFirst)
    return { name, order: isScoreFirst ? 'score, class' : 'class, score' };
  if (/flat/i.test(name)) return { name, order: 'score, class' };
  return { name, order: name === 'output' ? 'class, score' : 'either' };
}

/** SuperGradients writes the score before the class, YOLOv7 after it. */
function readFlat(
  format: 'yolo-nas' | 'end-to-end',
  name: string,
  style: InputStyle = letterboxed,
): Reading {
  const [scoreAt, classAt] = format === 'yolo-nas' ? [5, 6] : [6, 5];
  const order = format === 'yolo-nas' ? 'score, class' : 'class, score';
  return {
    format,
    layout: `[N, 7], picture, corners in view pixels, ${order}`,
    style,
    classes: anyClasses,
    maxOverlap: null,
    rows: (outputs, numbers) =>
      tableRows(outputOf(outputs, name).values, 7, numbers, {
        form: pixels,
        boxAt: 1,
        scoreAt,
        classAt,
      }),
  };
}

/**
 * YOLO-NAS with the suppression of SuperGradients' export in the graph: `[N, 7]` of picture, box,
 * score and class, or four outputs of number, boxes, scores and classes.
 */
export function listedYoloNas(evidence: Evidence, style: InputStyle): Reading[] {
  const flat = flatOf(evidence);
  if (flat !== null)
    return flat.order === 'class, score' ? [] : [readFlat('yolo-nas', flat.name, style)];
  const parts = partsOf(evidence.outputs);
  if (parts?.number === undefined || evidence.channelsLast || isTensorFlow(evidence)) return [];
  const units = new BoxUnits(evidence);
  const { boxes, scores } = parts;
  seeParts(units, boxes.values, scores.values, parts.number.values);
  const layout = `number, boxes in ${units.words}, scores, classes`;
  return [listed('yolo-nas', layout, style, units, parts)];
}

/** Labels, boxes and scores of RT-DETR, D-FINE and DEIM, whose boxes are scaled in the graph. */
export const readListedDetr: FormatReader = (evidence) => {
  const parts = partsOf(evidence.outputs);
  const takesSizes = evidence.facts.inputs.some(({ name }) => name === targetSizes);
  if (parts === null || parts.number !== undefined || !takesSizes) return [];
  const layout = 'labels, boxes scaled by orig_target_sizes, scores';
  return [listed('rt-detr', layout, stretched, pixels, parts)];
};

/** The input of DETRs whose graph scales boxes to the picture: its width and height. */
export const targetSizes = 'orig_target_sizes';

/**
 * SSD and others of TensorFlow's detection models: boxes of top, left, bottom, right as shares of
 * the view, classes from 1, scores, number. TensorFlow Lite counts classes from 0.
 */
export const readSsd: FormatReader = (evidence) => {
  const parts = partsOf(evidence.outputs);
  if (parts?.number === undefined || orderedParts(evidence.outputs) !== null) return [];
  if (!isTensorFlow(evidence) && !evidence.channelsLast && !evidence.isSaid) return [];
  const style = evidence.inputType === 'uint8' ? { ...stretched, scale: one } : signedStyle;
  const isLite = /tflite/i.test(parts.boxes.name);
  const form = { corners: 'yxyx', across: evidence.width, down: evidence.height } as const;
  const layout = `boxes of top, left, bottom, right, classes from ${isLite ? 0 : 1}, scores, number`;
  const reading = listed('ssd', layout, style, form, parts);
  const classes = { count: null, firstUnused: !isLite, isFirstClass: isLite };
  return [{ ...reading, classes }];
};

const one = [1, 1, 1] as const;
const tensorFlowNames = /^(detection_(boxes|scores|classes)|num_detections)(:\d+)?$/;

function isTensorFlow({ outputs }: Evidence): boolean {
  return outputs.some(({ name }) => /detection_(boxes|scores|classes)|tflite/i.test(name));
}

/** Tells boxes, scores, classes and their number apart; null where outputs are not these. */
function partsOf(all: readonly ModelOutput[]): ListParts | null {
  // TensorFlow 2 exports raw boxes and scores as well, which the four by these names sum up.
  const four = all.filter(({ name }) => tensorFlowNames.test(name));
  const outputs = four.length === 4 ? four : all;
  const boxes = outputs.filter((output) => tableOf(output)?.[1] === 4);
  if (boxes.length !== 1) return null;
  const count = tableOf(boxes[0]!)![0];
  const others = outputs.filter((output) => output !== boxes[0]);
  const named = (pattern: RegExp) => others.filter(({ name }) => pattern.test(name));
  const number = others.filter(
    (each) => each.values.length === 1 && (count !== 1 || /num/i.test(each.name)),
  );
  const lists = others.filter((each) => listOf(each) === count && !number.includes(each));
  if (lists.length !== 2 || number.length > 1 || outputs.length > 4) return null;
  const byName = {
    scores: named(/score|conf/i).find((each) => lists.includes(each)),
    classes: named(/class|label|cls/i).find((each) => lists.includes(each)),
  };
  const scores = byName.scores ?? lists.find((each) => !isWhole(each.values));
  const classes = byName.classes ?? lists.find((each) => each !== scores && isWhole(each.values));
  if (scores === undefined || classes === undefined || scores === classes) return null;
  return { boxes: boxes[0]!, scores, classes, ...(number[0] && { number: number[0] }) };
}

function listed(
  format: Reading['format'],
  layout: string,
  style: InputStyle,
  form: BoxForm | BoxUnits,
  parts: ListParts,
): Reading {
  return {
    format,
    layout,
    style,
    classes: anyClasses,
    maxOverlap: null,
    rows: (outputs, numbers) => {
      const values = ({ name }: ModelOutput) => outputOf(outputs, name).values;
      const [boxes, scores] = [values(parts.boxes), values(parts.scores)];
      const number = parts.number && values(parts.number);
      if (form instanceof BoxUnits) seeParts(form, boxes, scores, number);
      return new ListedRows({
        count: countOf(boxes, number),
        box: boxReader(rowsOf(boxes, 4), form instanceof BoxUnits ? form.form : form),
        score: rowsOf(scores, 1),
        classId: rowsOf(values(parts.classes), 1),
        classOf: classByNumber(numbers),
      });
    },
  };
}

/** Rows that count. */
function countOf(boxes: Float32Array, number: Float32Array | undefined): number {
  const all = boxes.length / 4;
  return Math.min(all, number?.[0] ?? all);
}

function seeParts(
  units: BoxUnits,
  boxes: Float32Array,
  scores: Float32Array,
  number: Float32Array | undefined,
): void {
  units.see(rowsOf(boxes, 4), rowsOf(scores, 1), countOf(boxes, number));
}

interface TableColumns {
  readonly form: BoxForm;
  readonly boxAt: number;
  readonly scoreAt: number;
  readonly classAt: number;
}

function tableRows(
  values: Float32Array,
  width: number,
  numbers: Int32Array,
  { form, boxAt, scoreAt, classAt }: TableColumns,
): ListedRows {
  return new ListedRows({
    count: values.length / width,
    box: boxReader(rowsOf(values, width, boxAt), form),
    score: rowsOf(values, width, scoreAt),
    classId: rowsOf(values, width, classAt),
    classOf: classByNumber(numbers),
  });
}

function column({ values }: ModelOutput, width: number, at: number): Float32Array {
  return Float32Array.from(
    { length: values.length / width },
    (_, row) => values[row * width + at]!,
  );
}

/** Whether values are whole numbers, as of classes; -1 stands for none. */
function isWhole(values: Float32Array): boolean {
  return values.every((value) => Number.isInteger(value) && value >= -1);
}

/** Whether the fifth and sixth value of each row are score and class, or fill the row up. */
function isList(output: ModelOutput, width: number): boolean {
  const scores = column(output, width, 4);
  return (
    isWhole(column(output, width, 5)) &&
    scores.every((value) => value === -1 || (value >= 0 && value <= 1))
  );
}

function isShare(values: Float32Array): boolean {
  return values.every((value) => value >= 0 && value <= 1);
}
