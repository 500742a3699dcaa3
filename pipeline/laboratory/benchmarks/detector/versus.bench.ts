import { loadavg } from 'node:os';
import { pythonIn, runScript } from '../python/run-python.ts';
import {
  benchmarkFlags,
  finish,
  median,
  numberOf,
  videoIn,
  type Target,
} from '../rig/benchmark.ts';
import { checkFrames, fastRun } from '../rig/beside-engine.ts';
import { startRun } from '../rig/measured-run.ts';

// Frame rate of `lifelens run --model` beside a short script in Python that does the same with
// OpenCV, ONNX Runtime and ByteTrack on one thread, in turns, both on the same cores. lifelens
// takes the threads that it takes by itself, or `--threads`:
//   node --import tsx pipeline/laboratory/benchmarks/detector/versus.bench.ts --data DIR
//     [--model DIR/models/yolox_nano.onnx] [--rounds 5] [--frames 795] [--cores '0;0,1']
//     [--threads 1] [--python build/python] [--report FILE]
// With --smoke, lifelens alone, in the simulated world.
const flags = benchmarkFlags({
  model: { type: 'string' },
  rounds: { type: 'string', default: '5' },
  frames: { type: 'string', default: '795' },
  cores: { type: 'string', default: '0;0,1' },
  threads: { type: 'string' },
  python: { type: 'string', default: 'build/python' },
});
const frames = flags.smoke ? 20 : numberOf(flags.frames);
const rounds = flags.smoke ? 1 : numberOf(flags.rounds);

if (flags.smoke) {
  const { fps } = await lifelens('world', []);
  finish(flags, { benchmark: 'versus', frames, fps });
} else {
  const video = videoIn(flags.data, 'vtest.avi');
  if (video === null || flags.data === undefined) throw new Error('expected --data DIR');
  const model = flags.model ?? `${flags.data}/models/yolox_nano.onnx`;
  const python = pythonIn(flags.python);
  const results = [];
  const targets: Target[] = [];
  for (const cores of flags.cores.split(';')) {
    const result = await compare(video, model, python, cores);
    results.push(result);
    const what = `fps of lifelens relative to the script, on cores ${cores}`;
    targets.push({ what, value: result.ratio, atLeast: 1.2 });
  }
  const threads = flags.threads ?? 'auto';
  finish(flags, { benchmark: 'versus', frames, threads, results }, targets);
}

async function compare(video: string, model: string, python: string, cores: string) {
  const under = ['taskset', '-c', cores];
  const measured: { lifelens: number; script: number; load: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const { fps } = await lifelens(video, ['--model', model], under);
    const printed = runScript(python, 'bytetrack_video.py', [model, video, String(frames)], under);
    measured.push({ lifelens: fps, script: numberOf(printed.trim()), load: loadavg()[0]! });
  }
  return {
    cores,
    lifelens: median(measured.map(({ lifelens: fps }) => fps)),
    script: median(measured.map(({ script }) => script)),
    ratio: median(measured.map(({ lifelens: fps, script }) => fps / script)),
    rounds: measured,
  };
}

/** Runs the whole pipeline; throws for a lost frame. */
async function lifelens(source: string, args: readonly string[], under: readonly string[] = []) {
  const threads = flags.threads === undefined ? 'auto' : numberOf(flags.threads);
  const run = [...fastRun(source, frames, threads), ...args];
  const report = await startRun(run, [], {}, under).report;
  checkFrames(report, frames);
  return report;
}
