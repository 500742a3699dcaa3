import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { chooseEngine } from '../../../../operators/detect/engines/choose-engine.ts';
import { evaluateSet, type EvalReport } from '../../../batch/evaluate-set.ts';
import { teach } from '../../../batch/teach.ts';
import { builtInViews } from '../../../configuration/engine-settings.ts';
import { createLog } from '../../../log.ts';
import { drawSmokeSet } from '../learning-table/smoke-set.ts';
import { prepareSets, type SetPair } from '../learning-table/table-sets.ts';
import { benchmarkFlags, finish, numberOf } from '../rig/benchmark.ts';
import { recallOfProposals } from './recall-of-proposals.ts';

// What the built-in detector and heads on it find in views of the picture's own shape, beside
// squares of as many pixels, by what `lifelens eval` and `lifelens teach` do:
//   node --import tsx pipeline/laboratory/benchmarks/detector/shape.bench.ts --data DIR
//     [--sizes 320,512] [--sets raccoon,microcontrollers-4th,playing-cards]
//     [--images 150] [--parts coco,proposals,heads,crossed]
// COCO's classes on coco286; on each set, which the detector was not trained on, how many of its
// objects are proposed, and what a head finds in the shape in which it was taught, and crossed.
const flags = benchmarkFlags({
  sizes: { type: 'string', default: '320,512' },
  sets: { type: 'string', default: 'raccoon,microcontrollers-4th,playing-cards' },
  images: { type: 'string', default: '150' },
  parts: { type: 'string', default: 'coco,proposals,heads,crossed' },
});
const parts = new Set(flags.parts.split(','));
const shapes = ['square', 'own'] as const;
const [least = 320] = flags.sizes.split(',').map(numberOf);
const log = createLog({ level: 'warn', format: 'auto' });
const { signal } = new AbortController();

const out = mkdtempSync(join(tmpdir(), 'lifelens-shape-'));
const rows: object[] = [];
try {
  if (flags.data !== undefined && parts.has('coco')) await evaluateCoco(flags.data);
  for (const [set, pair] of await setsToLearn()) {
    if (parts.has('proposals')) await propose(set, pair);
    if (parts.has('heads')) await teachAndTest(set, pair);
  }
  finish(flags, { benchmark: 'shape', rows });
} finally {
  rmSync(out, { recursive: true, force: true });
}

function note(row: object): void {
  rows.push(row);
  console.error(JSON.stringify(row));
}

async function setsToLearn(): Promise<ReadonlyMap<string, SetPair>> {
  if (flags.smoke) return new Map([['drawn', await drawSmokeSet(join(out, 'drawn'))]]);
  if (flags.data === undefined) throw new Error('expected --data DIR');
  return prepareSets(flags.sets.split(',').filter(Boolean), flags.data, out);
}

async function evaluateCoco(data: string): Promise<void> {
  const test = `coco:${join(data, 'coco286/instances.json')}:${join(data, 'coco286/images')}`;
  for (const size of flags.sizes.split(',').map(numberOf)) {
    for (const shape of shapes) {
      const { ap, ap50, msPerImage } = await evaluateSet({ test, size, shape }, log, signal);
      note({ set: 'coco286', size, shape, ap: figure(ap), ap50: figure(ap50), msPerImage });
    }
  }
}

/** Share of the objects of the test half that are among the strongest boxes. */
async function propose(set: string, { test }: SetPair): Promise<void> {
  const { images: all } = await readDataset(test);
  const count = Math.min(flags.smoke ? 4 : numberOf(flags.images), all.length);
  const images = Array.from(
    { length: count },
    (_, i) => all[Math.floor((i * all.length) / count)]!,
  );
  for (const shape of shapes) {
    const viewSize = builtInViews(shape, least);
    const { engine: builtIn } = await chooseEngine('auto', { threads: 1, viewSize });
    const found = await recallOfProposals(images, { builtIn, detector: null });
    note({ set, images: count, size: least, shape, ...found['built-in'] });
    await builtIn.close();
  }
}

/** Teaches in each shape, and tests each head in the same or in both. */
async function teachAndTest(set: string, { train, test }: SetPair): Promise<void> {
  for (const taughtIn of shapes) {
    const state = join(out, `${set}-${taughtIn}`);
    const about = { size: least, state };
    const { classes } = await teach({ ...about, train, shape: taughtIn, seed: 1 }, log, signal);
    for (const testedIn of parts.has('crossed') ? shapes : [taughtIn]) {
      const report = await evaluateSet({ ...about, test, shape: testedIn }, log, signal);
      note({ set, size: least, taughtIn, testedIn, ...meanOf(report, classes) });
    }
  }
}

/** Means over the classes that were taught. */
function meanOf({ perClass }: EvalReport, classes: readonly string[]) {
  const taught = classes.flatMap((name) => perClass[name] ?? []);
  const mean = (values: readonly (number | null)[]): number =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / Math.max(1, values.length);
  const [ap50, ap] = [mean(taught.map((each) => each.ap50)), mean(taught.map((each) => each.ap))];
  return { ap50: figure(ap50), ap: figure(ap) };
}

function figure(value: number | null): number {
  return Number((value ?? NaN).toFixed(4));
}
