import { execFileSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { createSource } from '../../../../operators/ingest/sources/create-source.ts';
import type { Source } from '../../../../operators/ingest/source.ts';
import { benchmarkFlags, finish, numberOf, videoIn } from '../rig/benchmark.ts';
import { bareEngineFps, cameraRow, runCameras } from './camera-row.ts';
import type { CameraRow, CameraRowOptions, CameraRun } from './camera-row.ts';
import { memoryCamera, recordPictures } from './recorded-pictures.ts';

// What several cameras of 5 fps get of one detector: frames, latency and fairness, beside the bare
// engine while the same cameras are captured:
//   node --import tsx pipeline/laboratory/benchmarks/cameras/cameras.bench.ts [--data DIR]
//     [--cameras 4,10,20] [--fps 5] [--size 320] [--threads 1] [--workers 1] [--seconds 30]
//     [--report FILE]
// Pictures come from memory, so that nothing but the detector takes time; with --data also from
// the recordings there, each decoded by an ffmpeg.
const flags = benchmarkFlags({
  cameras: { type: 'string', default: '4,10,20' },
  fps: { type: 'string', default: '5' },
  size: { type: 'string', default: '320' },
  threads: { type: 'string' },
  workers: { type: 'string', default: '1' },
  seconds: { type: 'string', default: '30' },
  // For the child processes of this one.
  part: { type: 'string' },
  source: { type: 'string' },
});
const fps = numberOf(flags.fps);
const size = numberOf(flags.size) as 320 | 512;
const counts = flags.smoke ? [2] : flags.cameras.split(',').map(numberOf);
const threads = numberOf(flags.threads ?? String(Math.max(1, availableParallelism() - 1)));
const workers = numberOf(flags.workers);
const videoNames = ['vtest.avi', 'box.mp4', 'cup.mp4', 'bottle-detection.mp4', 'car-detection.mp4'];
/** Pictures in memory: a few seconds of one camera. */
const picturesKept = flags.smoke ? 4 : 60;
const { data } = flags;
const videos = data === undefined ? [] : videoNames.map((name) => videoIn(data, name)!);

const sourceNames = videos.length === 0 ? ['memory'] : ['memory', 'files'];

/** The cameras of a row. */
async function rowOptions(source: string, count: number): Promise<CameraRowOptions> {
  const pictures = await recordPictures(createSource(videos[0] ?? 'world'), {
    viewSize: { shape: 'own', side: size },
    count: picturesKept,
  });
  const fromMemory = (i: number): Source =>
    memoryCamera(pictures, { fps, from: 7 * i, afterMs: ((i / count) * 1000) / fps });
  const fromFile = (i: number): Source =>
    createSource(videos[i % videos.length]!, { loop: true, fps });
  const make = source === 'memory' ? fromMemory : fromFile;
  return {
    cameras: () =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`camera${i + 1}`, make(i)])),
    views: pictures,
    detect: { size },
    threads,
    workers,
    seconds: flags.smoke ? 3 : numberOf(flags.seconds),
    engineSeconds: flags.smoke ? 0.5 : 5,
    warmUpSeconds: flags.smoke ? 1 : 5,
  };
}

/** Measures one part of a row in this process and prints it. */
async function measurePart(part: string, source: string, count: number): Promise<void> {
  const options = await rowOptions(source, count);
  const result = part === 'engine' ? await bareEngineFps(options) : await runCameras(options);
  process.stdout.write(JSON.stringify(result));
}

/** Measures a part in a process of its own: engines are loaded once per process, as in service. */
function partOf(part: 'engine' | 'run', source: string, count: number): unknown {
  const own = ['--part', part, '--source', source, '--cameras', String(count)];
  const args = ['--import', 'tsx', import.meta.filename, ...process.argv.slice(2), ...own];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return JSON.parse(execFileSync(process.execPath, args, { stdio: [...stdio], encoding: 'utf8' }));
}

function measureRows(): void {
  const rows: (CameraRow & { source: string; cameras: number; load: number })[] = [];
  for (const source of sourceNames) {
    for (const cameras of counts) {
      const engineFps = (): number => partOf('engine', source, cameras) as number;
      const before = engineFps();
      const run = partOf('run', source, cameras) as CameraRun;
      const row = cameraRow(run, [before, engineFps()], workers);
      rows.push({ source, cameras, ...row, load: loadavg()[0]! });
    }
  }
  finish(
    flags,
    { benchmark: 'cameras', fps, size, threads, workers, cores: availableParallelism(), rows },
    rows.flatMap(({ source, cameras, share, p99BareDetections }) => {
      const of = `${cameras} cameras, ${source}`;
      return [
        { what: `${of}: detected ÷ min(offered, capacity)`, value: share, atLeast: 0.95 },
        { what: `${of}: p99 in detector times`, value: p99BareDetections, atMost: cameras + 1 },
      ];
    }),
  );
}

const { part, source } = flags;
if (part !== undefined && source !== undefined) {
  await measurePart(part, source, numberOf(flags.cameras));
} else {
  measureRows();
}
