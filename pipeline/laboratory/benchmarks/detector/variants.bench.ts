import { readFile, writeFile } from 'node:fs/promises';
import { loadPicture } from '../../../../operators/datasets/load-picture.ts';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { loadBackbone } from '../../../../operators/detect/engines/backbone.ts';
import { cocoClasses } from '../../../../operators/detect/engines/coco-classes.ts';
import {
  denseLatentLength,
  stride,
  type Peaks,
} from '../../../../operators/detect/engines/engine.ts';
import { detectModel } from '../../../../operators/detect/engines/onnx/centernet-onnx.ts';
import {
  findOnnxRuntime,
  loadOnnxRuntime,
} from '../../../../operators/detect/engines/onnx/onnx-runtime.ts';
import {
  floatsOf,
  integersOf,
  OnnxSessions,
} from '../../../../operators/detect/engines/onnx/onnx-sessions.ts';
import { boxesFromExtents } from '../../../../operators/detect/engines/peaks.ts';
import { defaultMaxSide } from '../../../../operators/ingest/pictures/fit-within.ts';
import type { ViewCanvas } from '../../../../operators/ingest/frames/view-size.ts';
import { evaluate, type ClassifiedBox } from '../../../../operators/measure/evaluate.ts';
import { baseBoxes } from '../../../batch/score-proposals.ts';
import { benchmarkFlags, finish, numberOf, quantile } from '../rig/benchmark.ts';
import { shapes, type Shape } from './shapes.ts';

// What the shape of the view and the precision of the graph do to the built-in detector:
//   node --import tsx pipeline/laboratory/benchmarks/detector/variants.bench.ts --test SET
//     [--sizes 320,416,512] [--shapes square,letterbox,own] [--threads 1] [--graph FILE]
//     [--dump FILE]
// `--dump` writes the float graph for quantize.py; `--graph` runs what that made of it.
const flags = benchmarkFlags({
  test: { type: 'string', default: '' },
  sizes: { type: 'string', default: '320,416,512' },
  shapes: { type: 'string', default: 'square,letterbox,own' },
  threads: { type: 'string', default: '1' },
  graph: { type: 'string', default: '' },
  dump: { type: 'string', default: '' },
});

const files = findOnnxRuntime();
if (files === null) throw new Error('onnxruntime-node is not installed');
const sessions = new OnnxSessions(loadOnnxRuntime(files), 'cpu', numberOf(flags.threads));
const { Tensor } = sessions.runtime;
const float = detectModel(await loadBackbone());
if (flags.dump !== '') await writeFile(flags.dump, float);
const session = await sessions.open(flags.graph === '' ? float : await readFile(flags.graph));
const feeds = {
  weights: new Tensor('float32', new Float32Array(denseLatentLength), [1, denseLatentLength, 1, 1]),
  bias: new Tensor('float32', new Float32Array(1), [1]),
  k: new Tensor('int64', BigInt64Array.of(100n), [1]),
};

async function peaksOf(view: Uint8Array, { width, height }: ViewCanvas) {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const out = await sessions.run(session, view, [1, height, width, 3], feeds);
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  const scores = floatsOf(out['score']);
  const zero = scores.findIndex((score) => !(score > 0));
  const count = zero < 0 ? scores.length : zero;
  const cells = integersOf(out['cell'], count);
  const baseScore = floatsOf(out['logit'])
    .slice(0, count)
    .map((value) => 1 / (1 + Math.exp(-value)));
  const totals = floatsOf(out['total']);
  const peaks: Peaks = {
    count,
    boxes: boxesFromExtents(floatsOf(out['extents']), cells, { columns: width / stride }),
    objectness: scores.slice(0, count),
    baseClass: integersOf(out['class'], count),
    baseScore,
    baseShare: baseScore.map((score, row) => score / totals[row]!),
    latents: floatsOf(out['latents']).slice(0, count * denseLatentLength),
    cells,
  };
  return { peaks, ms, cpuMs: (user + system) / 1000 };
}

const rows = [];
const { images } = flags.test === '' ? { images: [] } : await readDataset(flags.test);
for (const side of flags.sizes.split(',').map(numberOf)) {
  for (const shape of flags.shapes.split(',') as Shape[]) {
    const detections = new Map<string, ClassifiedBox[]>();
    const times: number[] = [];
    const cpuTimes: number[] = [];
    let pixels = 0;
    for (const image of images) {
      const viewSize = shapes[shape](side, image.width, image.height);
      const picture = await loadPicture(image, { viewSize, sideMax: defaultMaxSide });
      const { peaks, ms, cpuMs } = await peaksOf(picture.view, viewSize);
      const size = { viewSize, sourceWidth: image.width, sourceHeight: image.height };
      detections.set(image.id, baseBoxes(peaks, size, cocoClasses));
      times.push(ms);
      cpuTimes.push(cpuMs);
      pixels += viewSize.width * viewSize.height;
    }
    if (images.length === 0) continue;
    const { ap, ap50 } = evaluate(images, detections);
    rows.push({
      side,
      shape,
      graph: flags.graph === '' ? 'float32' : flags.graph,
      pixels: Math.round(pixels / images.length),
      map: ap,
      map50: ap50,
      msP10: quantile(times, 0.1),
      msP50: quantile(times, 0.5),
      // On a busy machine, what the other processes take is not in it.
      cpuMsP10: quantile(cpuTimes, 0.1),
      cpuMsP50: quantile(cpuTimes, 0.5),
    });
    console.error(JSON.stringify(rows.at(-1)));
  }
}
finish(flags, { threads: numberOf(flags.threads), images: images.length, rows });
