import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClassifiedBox } from '../../../../operators/measure/evaluate.ts';
import { evaluateSet } from '../../../batch/evaluate-set.ts';
import { createLog } from '../../../log.ts';
import { drawSmokeSet } from '../learning-table/smoke-set.ts';
import { pythonIn, runScript } from '../python/run-python.ts';
import { benchmarkFlags, finish } from '../rig/benchmark.ts';

// Average precision of `lifelens eval --model` on coco286, beside a reference in Python on the same
// file, whose detections pycocotools scores together with those of lifelens:
//   node --import tsx pipeline/laboratory/benchmarks/detector/reference.bench.ts --data DIR
//     [--model DIR/models/yolox_nano.onnx] [--python build/python] [--report FILE]
// With --smoke, the built-in detector on a drawn set, without Python.
const flags = benchmarkFlags({
  model: { type: 'string' },
  python: { type: 'string', default: 'build/python' },
});
const log = createLog({ level: 'warn', format: 'auto' });

const out = mkdtempSync(join(tmpdir(), 'lifelens-reference-'));
try {
  await (flags.smoke ? smoke() : compare(flags.data));
} finally {
  rmSync(out, { recursive: true, force: true });
}

async function smoke(): Promise<void> {
  const { test } = await drawSmokeSet(out);
  const { report, detections } = await evaluated(test);
  finish(flags, { benchmark: 'reference', images: report.images, detections: detections.size });
}

async function compare(data: string | undefined): Promise<void> {
  if (data === undefined) throw new Error('expected --data DIR');
  const model = flags.model ?? `${data}/models/yolox_nano.onnx`;
  const [file, images] = [`${data}/coco286/instances.json`, `${data}/coco286/images`];
  const python = pythonIn(flags.python);
  const { report, detections } = await evaluated(`coco:${file}:${images}`, model);
  const [own, theirs] = [join(out, 'lifelens.json'), join(out, 'reference.json')];
  writeFileSync(own, JSON.stringify(cocoResults(file, detections)));
  runScript(python, 'yolox_on_coco.py', [model, file, images, theirs]);
  const [lifelens, reference] = runScript(python, 'score_coco.py', [file, own, theirs])
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { map: number; ap50: number; small: number });
  const points = 100 * Math.abs(lifelens!.map - reference!.map);
  finish(
    flags,
    {
      benchmark: 'reference',
      images: report.images,
      engine: report.engine,
      msPerImage: report.msPerImage,
      eval: { map: report.ap, ap50: report.ap50 },
      lifelens,
      reference,
    },
    [
      { what: 'mAP of lifelens and of the reference, points apart', value: points, atMost: 0.3 },
      {
        what: 'mAP of lifelens eval and of pycocotools on its detections, points apart',
        value: 100 * Math.abs((report.ap ?? NaN) - lifelens!.map),
        atMost: 0.3,
      },
    ],
  );
}

async function evaluated(test: string, model?: string) {
  const detections = new Map<string, readonly ClassifiedBox[]>();
  const report = await evaluateSet(
    { test, ...(model === undefined ? {} : { model }) },
    log,
    new AbortController().signal,
    (id, found) => detections.set(id, found),
  );
  return { report, detections };
}

/** The detections as COCO results, under the ids of the COCO file. */
function cocoResults(file: string, detections: ReadonlyMap<string, readonly ClassifiedBox[]>) {
  const { categories } = JSON.parse(readFileSync(file, 'utf8')) as {
    categories: readonly { readonly id: number; readonly name: string }[];
  };
  const ids = new Map(categories.map(({ id, name }) => [name, id]));
  return [...detections].flatMap(([id, found]) =>
    found.map(({ class: name, box: [x0, y0, x1, y1], score }) => ({
      image_id: Number(id),
      category_id: ids.get(name),
      bbox: [x0, y0, x1 - x0, y1 - y0],
      score,
    })),
  );
}
