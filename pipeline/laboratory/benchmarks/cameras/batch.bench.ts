import { backboneTaps, loadBackbone } from '../../../../operators/detect/engines/backbone.ts';
import { addBackbone } from '../../../../operators/detect/engines/onnx/backbone-to-onnx.ts';
import { forbidTelemetry } from '../../../../operators/detect/engines/onnx/forbid-telemetry.ts';
import { elementTypeId, OnnxGraph } from '../../../../operators/detect/engines/onnx/onnx-graph.ts';
import {
  findOnnxRuntime,
  loadOnnxRuntime,
} from '../../../../operators/detect/engines/onnx/onnx-runtime.ts';
import { OnnxSessions } from '../../../../operators/detect/engines/onnx/onnx-sessions.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { benchmarkFlags, finish, median, numberOf } from '../rig/benchmark.ts';

// Time per picture of the built-in detector's network on ONNX Runtime, by the number of pictures in
// a run. They take turns, so that a busy machine slows all alike; on a CPU, the time that the
// processor spent hardly depends on that:
//   node --import tsx pipeline/laboratory/benchmarks/cameras/batch.bench.ts [--size 320]
//     [--threads 1] [--batches 1,2,4] [--runs 30] [--report FILE]
const flags = benchmarkFlags({
  size: { type: 'string', default: '320' },
  threads: { type: 'string', default: '1' },
  batches: { type: 'string', default: '1,2,4' },
  runs: { type: 'string', default: '30' },
});
const size = numberOf(flags.size);
const threads = numberOf(flags.threads);
const batches = flags.batches.split(',').map(numberOf);
const runs = flags.smoke ? 1 : numberOf(flags.runs);

interface Times {
  readonly wallMs: number[];
  readonly cpuMs: number[];
}

forbidTelemetry();
const files = findOnnxRuntime();
if (files === null) throw new Error('onnxruntime-node is not installed');
const sessions = new OnnxSessions(loadOnnxRuntime(files), files.hasCuda ? 'cuda' : 'cpu', threads);

const graph = new OnnxGraph();
const { latent, heatLogits, extents } = backboneTaps;
const bytes = graph.input('image', 'uint8', ['N', 'S', 'S', 3]);
const moved = graph.op('Transpose', [bytes], { perm: [0, 3, 1, 2] });
const image = graph.op('Cast', [moved], { to: elementTypeId('float32') });
addBackbone(graph, await loadBackbone(), image, [latent, heatLogits, extents]);
for (const [name, channels] of [
  [latent, 128],
  [heatLogits, 80],
  [extents, 4],
] as const) {
  graph.op('Identity', [name], {}, `${name}-out`);
  graph.output(`${name}-out`, 'float32', ['N', channels, 'rows', 'columns']);
}
const session = await sessions.open(graph.encode());

const random = seededRandom(1);
const pixels = Uint8Array.from({ length: Math.max(...batches) * size * size * 3 }, () =>
  Math.floor(256 * random()),
);
const times = new Map<number, Times>(batches.map((batch) => [batch, { wallMs: [], cpuMs: [] }]));
for (let run = 0; run <= runs; run++) {
  for (const [batch, { wallMs, cpuMs }] of times) {
    const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
    const views = pixels.subarray(0, batch * size * size * 3);
    await sessions.run(session, views, [batch, size, size, 3]);
    // The first run at a size plans memory.
    if (run === 0) continue;
    wallMs.push((performance.now() - startedMs) / batch);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1000 / batch);
  }
}
await session.release();
finish(flags, {
  benchmark: 'batch',
  provider: sessions.provider,
  size,
  threads,
  runs,
  perPictureMs: Object.fromEntries(
    [...times].map(([batch, { wallMs, cpuMs }]) => [
      batch,
      { wallLeast: Math.min(...wallMs), wall: median(wallMs), cpu: median(cpuMs) },
    ]),
  ),
});
