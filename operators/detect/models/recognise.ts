import { EngineError } from '../engines/engine-error.ts';
import { detectorFormats, type DetectorFile, type DetectorFormat } from './detector-file.ts';
import { readEndToEnd, readSsd } from './formats/list-formats.ts';
import { readRfDetr, readRtDetr, readYoloNas } from './formats/pair-formats.ts';
import type { Evidence, FormatReader, Reading } from './formats/reading.ts';
import { readYolov5, readYolov8, readYolox } from './formats/yolo-formats.ts';
import { describePort, describePorts, type ModelFacts, type ModelOutput } from './model-ports.ts';

const readers: Record<DetectorFormat, FormatReader> = {
  yolox: readYolox,
  yolov5: readYolov5,
  yolov8: readYolov8,
  'end-to-end': readEndToEnd,
  'yolo-nas': readYoloNas,
  'rt-detr': readRtDetr,
  'rf-detr': readRfDetr,
  ssd: readSsd,
};

/** What each format looks like, for errors. */
const expected: Record<DetectorFormat, string> = {
  yolox: 'one output [1, N, 5 + classes], one row per cell of grids of stride 8, 16 and 32',
  yolov5: 'one output [1, N, 5 + classes], three rows per cell of these grids, decoded',
  yolov8: 'one output [1, 4 + classes, N] or [1, N, 4 + classes], one row per cell, decoded',
  'end-to-end': 'one output [1, N, 6] of corners, score and class',
  'yolo-nas':
    'boxes [1, N, 4] in pixels and scores [1, N, classes]; or [N, 7]; or number, boxes, scores and classes',
  'rt-detr':
    'boxes [1, N, 4] as shares of the view and logits [1, N, classes]; or [1, N, 4 + classes]; or labels, boxes and scores with the input orig_target_sizes',
  'rf-detr': 'dets [1, N, 4] as shares of the view and labels [1, N, classes + 1]',
  ssd: 'boxes [1, N, 4], scores [1, N], classes [1, N] and number [1]',
};

/** What a model's outputs mean. Refuses tasks other than detection by the metadata. */
export function checkTask({ path, metadata }: ModelFacts): void {
  const task = metadata.get('task');
  if (task === undefined || task === 'detect' || task === 'segment') return;
  throw new EngineError(
    'bad-model',
    `${path}: expected a detector, but its metadata says that its task is ${task}`,
  );
}

/**
 * Finds how a model is read from its outputs for a grey picture. Throws an {@link EngineError}
 * `bad-model` that lists inputs and outputs where no reading fits, or more than one.
 */
export function recognise(evidence: Evidence, said: DetectorFile['format']): Reading {
  const formats = said === 'auto' ? detectorFormats : [said];
  const readings = formats.flatMap((format) => readers[format](evidence));
  const [first] = readings;
  if (first !== undefined && readings.length === 1) return first;
  const { facts, outputs } = evidence;
  const ports = `${describePorts(facts)}\n${describeOutputs(outputs)}`;
  if (first === undefined) {
    const lines = formats.map((format) => `  ${format}: ${expected[format]}`).join('\n');
    throw new EngineError(
      'bad-model',
      `${facts.path}: its outputs are those of no known detector\n${ports}\nexpected\n${lines}`,
    );
  }
  const lines = readings.map(({ format, layout }) => `  ${format}: ${layout}`).join('\n');
  const advice =
    said === 'auto' && new Set(readings.map(({ format }) => format)).size > 1
      ? 'set detect.format to one of'
      : 'its metadata should have names, by which they are told apart';
  throw new EngineError(
    'bad-model',
    `${facts.path}: its outputs can be read in ${readings.length} ways; ${advice}\n${lines}\n${ports}`,
  );
}

function describeOutputs(outputs: readonly ModelOutput[]): string {
  return outputs
    .map(({ name, shape }) => `  for one picture ${describePort({ name, shape, type: 'float32' })}`)
    .join('\n');
}
