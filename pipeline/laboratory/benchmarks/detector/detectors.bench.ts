import { evaluateSet } from '../../../batch/evaluate-set.ts';
import { createLog } from '../../../log.ts';
import {
  benchmarkFlags,
  finish,
  median,
  numberOf,
  videoIn,
  type Target,
} from '../rig/benchmark.ts';
import { compareWithEngine, fastRun } from '../rig/beside-engine.ts';

// Each detector at each size on each engine: average precision on coco286, and the frame rate of
// the whole pipeline beside the bare engine's on vtest.avi, in turns:
//   node --import tsx pipeline/laboratory/benchmarks/detector/detectors.bench.ts --data DIR
//     [--model DIR/models/yolox_nano.onnx] [--sizes 320,416,512,640] [--engines onnx,tfjs]
//     [--rounds 3] [--frames 795] [--no-map] [--report FILE]
// With --smoke, the built-in detector in the simulated world, without precision.
const flags = benchmarkFlags({
  model: { type: 'string' },
  sizes: { type: 'string', default: '320,416,512,640' },
  engines: { type: 'string', default: 'onnx,tfjs' },
  rounds: { type: 'string', default: '3' },
  frames: { type: 'string', default: '795' },
  'no-map': { type: 'boolean', default: false },
});
const video = videoIn(flags.data, 'vtest.avi');
if (video === null && !flags.smoke) throw new Error('expected --data DIR');
const frames = flags.smoke ? 20 : numberOf(flags.frames);
const rounds = flags.smoke ? 1 : numberOf(flags.rounds);
const log = createLog({ level: 'warn', format: 'auto' });

interface Cell {
  readonly detector: string;
  readonly engine: string;
  /** Flags of the command line. */
  readonly args: { readonly size?: number; readonly model?: string; readonly engine: string };
}

/** The built-in detector at all sizes on all engines, and the other one as it is. */
function cells(): Cell[] {
  const engines = flags.smoke ? ['onnx'] : flags.engines.split(',');
  const sizes = flags.smoke ? [320] : flags.sizes.split(',').map(numberOf);
  const builtIn = engines.flatMap((engine) =>
    sizes.map((size): Cell => ({ detector: `built-in ${size}`, engine, args: { size, engine } })),
  );
  if (flags.smoke) return builtIn;
  const model = flags.model ?? `${flags.data!}/models/yolox_nano.onnx`;
  const name = model.slice(model.lastIndexOf('/') + 1);
  return [...builtIn, { detector: name, engine: 'onnx', args: { model, engine: 'onnx' } }];
}

const results = [];
const targets: Target[] = [];
for (const cell of cells()) {
  const { detector, engine } = cell;
  const speed = await measureSpeed(cell);
  results.push({ detector, engine, ...(await measurePrecision(cell)), ...speed });
  if (flags.smoke) continue;
  const what = `${detector} on ${engine}`;
  targets.push({
    what: `${what}: pipeline relative to bare engine`,
    value: speed.ratio,
    atLeast: 0.95,
  });
  targets.push({ what: `${what}: ms of overhead a frame`, value: speed.overheadMs, atMost: 1 });
}
finish(flags, { benchmark: 'detectors', frames, rounds, cells: results }, targets);

async function measurePrecision({ args }: Cell): Promise<object> {
  if (flags.smoke || flags['no-map']) return {};
  const folder = `${flags.data!}/coco286`;
  const { engine, size, model } = args;
  const { ap, ap50 } = await evaluateSet(
    {
      test: `coco:${folder}/instances.json:${folder}/images`,
      engine: engine as 'onnx' | 'tfjs',
      ...(size !== undefined && { size }),
      ...(model !== undefined && { model }),
    },
    log,
    new AbortController().signal,
  );
  return { map: ap, ap50 };
}

async function measureSpeed({ args }: Cell) {
  const options = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const run = [...fastRun(video ?? 'world', frames, 1), ...options];
  const compared = await compareWithEngine(run, frames, rounds);
  const overheads = compared.rounds.map(({ fps, ratio }) => (1000 / fps) * (1 - ratio));
  return { ...compared, detectMs: compared.detectMs.p50, overheadMs: median(overheads) };
}
