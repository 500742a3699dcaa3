import { chooseEngine } from '../../../operators/detect/engines/choose-engine.ts';
import {
  builtInModels,
  type EngineModels,
} from '../../../operators/detect/engines/engine-models.ts';
import { ownCanvases, squareOf } from '../../../operators/ingest/frames/view-plan.ts';
import { canvasOf, type ViewSize } from '../../../operators/ingest/frames/view-size.ts';
import { cutCrop } from '../../../operators/detect/crops/crop.ts';
import { cropSize, type Engine } from '../../../operators/detect/engines/engine.ts';
import { loadOnnxEngine } from '../../../operators/detect/engines/onnx/onnx-engine.ts';
import { loadTfjsEngine, TfjsEngine } from '../../../operators/detect/engines/tfjs/tfjs-engine.ts';
import { benchmarkFlags, numberOf } from './rig/benchmark.ts';

// Milliseconds per call of each engine that loads on this machine, on a synthetic picture:
//   node --import tsx pipeline/laboratory/benchmarks/engine.bench.ts [--size 320] [--threads 1]
//     [--runs 40] [--model FILE.onnx] [--tfjs-project FOLDER]
// The folder holds @tensorflow/tfjs-node-gpu, as deploy/tfjs/build-addon.sh puts it there; its
// engine is measured after the others.
const flags = benchmarkFlags({
  size: { type: 'string' },
  model: { type: 'string' },
  threads: { type: 'string', default: '1' },
  runs: { type: 'string', default: '40' },
  'tfjs-project': { type: 'string' },
});
const size = flags.size === undefined ? 'auto' : numberOf(flags.size);
const models: EngineModels =
  flags.model === undefined
    ? builtInModels
    : { ...builtInModels, detector: { path: flags.model, format: 'auto', names: null } };
const threads = numberOf(flags.threads);
const runs = flags.smoke ? 1 : numberOf(flags.runs);
const warmUpRuns = flags.smoke ? 0 : 3;

/** A deterministic picture with structure at several scales. */
function picture(width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i++) {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    pixels[i] = 128 + 60 * Math.sin(x / 17 + i) * Math.cos(y / 23) + ((i * 7919) % 31);
  }
  return pixels;
}

async function report(label: string, call: () => unknown): Promise<void> {
  for (let i = 0; i < warmUpRuns; i++) await call();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const startedMs = performance.now();
    await call();
    times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(share * (runs - 1))] ?? NaN).toFixed(2);
  console.log(`  ${label.padEnd(18)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  min ${at(0)} ms`);
}

/** Resident megabytes of the process, and the tensors that TensorFlow.js holds. */
function memory(engine: Engine): { mb: number; tensors: number | null } {
  const tensors = engine instanceof TfjsEngine ? engine.tensors : null;
  return { mb: process.memoryUsage.rss() / 2 ** 20, tensors };
}

/** What views of ever another shape cost: each is a size that the runtime plans memory for. */
async function changeShapes(engine: Engine, side: number): Promise<void> {
  const canvases = ownCanvases(side);
  const rounds = flags.smoke ? 1 : 4;
  const before = memory(engine).mb;
  const grown: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const canvas of canvases) await engine.dense(picture(canvas.width, canvas.height), canvas);
    const byTurns = await cpuMs(engine, canvases);
    const squares = await cpuMs(
      engine,
      canvases.map(() => side),
    );
    const mb = (memory(engine).mb - before).toFixed(0);
    grown.push(`${mb} MB, ${byTurns} ms of processor a detection (a square ${squares})`);
  }
  console.log(`  ${canvases.length} shapes by turns, more resident after each round:`);
  for (const line of grown) console.log(`    ${line}`);
}

/** Median processor time of a detection. */
async function cpuMs(engine: Engine, views: readonly ViewSize[]): Promise<string> {
  const times: number[] = [];
  for (const size of views) {
    const { width, height } = canvasOf(size);
    const view = picture(width, height);
    const before = process.cpuUsage();
    await engine.detect(view, size, 100);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return (times.sort((a, b) => a - b)[times.length >> 1] ?? NaN).toFixed(1);
}

const full = picture(1280, 720);
const crop = picture(cropSize, cropSize);
const crops = new Uint8Array(4 * crop.length);
for (let i = 0; i < 4; i++) crops.set(crop, i * crop.length);

const project = flags['tfjs-project'];
const loaders = { onnx: loadOnnxEngine, tfjs: () => loadTfjsEngine({ project }) };
const options = { threads, models, viewSize: size } as const;
const choices = [
  () => chooseEngine('onnx', options),
  // A model of one's own is an ONNX file.
  ...(flags.model === undefined ? [() => chooseEngine('tfjs', options)] : []),
  ...(project === undefined ? [] : [() => chooseEngine('tfjs', options, loaders)]),
];
for (const choose of choices) {
  const startedMs = performance.now();
  const { engine, reason } = await choose();
  console.log(`${reason}\n  loaded in ${(performance.now() - startedMs).toFixed(0)} ms`);
  const viewSize = squareOf(engine.viewSize);
  const { width, height } = canvasOf(viewSize);
  const view = picture(width, height);
  await engine.detect(view, viewSize, 100);
  const before = memory(engine);
  await report(`detect ${width} px`, () => engine.detect(view, viewSize, 100));
  const after = memory(engine);
  console.log(
    `  over these calls   ${(after.mb - before.mb).toFixed(1)} MB more resident` +
      (after.tensors === null
        ? ''
        : `, tensors ${String(before.tensors)} -> ${String(after.tensors)}`),
  );
  await report('embed 1 crop', () => engine.embedCrops(crop, new Float32Array(2), 1));
  await report('embed 4 crops', () => engine.embedCrops(crops, new Float32Array(8), 4));
  await report(`dense ${width} px`, () => engine.dense(view, viewSize));
  if (flags.model === undefined) await changeShapes(engine, width);
  await engine.close();
}
console.log('cutting a crop');
await report('box of 60 px', () => cutCrop(full, 1280, 720, [400, 300, 460, 350]));
await report('box of 400 px', () => cutCrop(full, 1280, 720, [400, 200, 800, 500]));
