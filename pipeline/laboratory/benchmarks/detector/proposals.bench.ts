import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { chooseEngine } from '../../../../operators/detect/engines/choose-engine.ts';
import { recallOfProposals } from './recall-of-proposals.ts';
import { drawSmokeSet } from '../learning-table/smoke-set.ts';
import { prepareSets, type SetPair } from '../learning-table/table-sets.ts';
import { benchmarkFlags, finish, numberOf } from '../rig/benchmark.ts';
import { builtInModels } from '../../../../operators/detect/engines/engine-models.ts';

// How many objects of classes that no detector knows are proposed at all, among the 10, 50 and 100
// strongest boxes: by the built-in detector, by one of the user, and by both joined:
//   node --import tsx pipeline/laboratory/benchmarks/detector/proposals.bench.ts --data DIR --model
// FILE.onnx
//     [--sets raccoon,microcontrollers-4th,playing-cards,fod-a] [--images 150] [--threads 1]
//     [--report FILE]
// On the test halves of the sets, each of which is also printed to standard error. Without --model,
// the built-in one alone.
const flags = benchmarkFlags({
  model: { type: 'string' },
  sets: { type: 'string', default: 'raccoon,microcontrollers-4th,playing-cards,fod-a' },
  images: { type: 'string', default: '150' },
  threads: { type: 'string', default: '1' },
});
const threads = numberOf(flags.threads);
const picturesMax = flags.smoke ? 4 : numberOf(flags.images);

const out = mkdtempSync(join(tmpdir(), 'lifelens-proposals-'));
try {
  const sets = await setsToMeasure();
  const { engine: builtIn } = await chooseEngine('onnx', { threads });
  const models =
    flags.model === undefined
      ? null
      : {
          ...builtInModels,
          detector: { path: flags.model, format: 'auto' as const, names: null },
        };
  const detector =
    models === null ? null : (await chooseEngine('onnx', { threads, models })).engine;
  const results: Record<string, object> = {};
  for (const [name, { test }] of sets) {
    const { images: all } = await readDataset(test);
    const count = Math.min(picturesMax, all.length);
    const images = Array.from(
      { length: count },
      (_, i) => all[Math.floor((i * all.length) / count)]!,
    );
    const proposers = { builtIn, detector };
    results[name] = { images: count, ...(await recallOfProposals(images, proposers)) };
    console.error(JSON.stringify({ set: name, ...results[name] }));
  }
  await builtIn.close();
  await detector?.close();
  finish(flags, { benchmark: 'proposals', threads, sets: results });
} finally {
  rmSync(out, { recursive: true, force: true });
}

async function setsToMeasure(): Promise<ReadonlyMap<string, SetPair>> {
  if (flags.data !== undefined) return prepareSets(flags.sets.split(','), flags.data, out);
  if (!flags.smoke) throw new Error('expected --data DIR');
  return new Map([['drawn', await drawSmokeSet(join(out, 'drawn'))]]);
}
