import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { builtInCropSizes } from '../../../../operators/detect/engines/engine.ts';
import type { EvalReport } from '../../../batch/evaluate-set.ts';
import { prepareSets, type SetPair } from '../learning-table/table-sets.ts';
import { teachPair } from '../learning-table/teach-pair.ts';
import { drawSmokeSet } from '../learning-table/smoke-set.ts';
import { pythonIn, runScript } from '../python/run-python.ts';
import { benchmarkFlags, finish } from '../rig/benchmark.ts';

// What encoders are worth: each set is taught and evaluated as a user would, with the built-in
// encoder at each size of its crops, and with encoders in files.
//   node --import tsx pipeline/laboratory/benchmarks/encoders/encoders.bench.ts --data DIR
//     [--sets raccoon,microcontrollers,playing-cards,fod-a] [--encoders FILE.onnx,FILE.onnx]
//     [--efficientnet 160] [--python build/python]
// --efficientnet: also EfficientNet-Lite0 out of a Python package, at crops of this side.
const flags = benchmarkFlags({
  sets: { type: 'string', default: 'raccoon,microcontrollers,playing-cards' },
  encoders: { type: 'string', default: '' },
  efficientnet: { type: 'string' },
  python: { type: 'string', default: 'build/python' },
});

const folder = mkdtempSync(join(tmpdir(), 'lifelens-encoders-'));
const files = flags.encoders.split(',').filter((file) => file !== '');
if (flags.efficientnet !== undefined) {
  const file = join(folder, `efficientnet-lite0-${flags.efficientnet}.onnx`);
  runScript(pythonIn(flags.python), 'efficientnet_lite0.py', [file, flags.efficientnet]);
  files.push(file);
}
const encoders = [
  ...builtInCropSizes.map((cropSize) => ({ name: `built-in ${cropSize}`, cropSize })),
  ...files.map((encoder) => ({ name: basename(encoder), encoder })),
];

/** Mean AP50 of the classes that were taught. */
function meanOf({ perClass }: EvalReport, classes: readonly string[]): number {
  const taught = classes.flatMap((name) => perClass[name]?.ap50 ?? []);
  return taught.reduce((sum, value) => sum + value, 0) / Math.max(1, taught.length);
}

async function measure(set: string, pair: SetPair): Promise<object[]> {
  const rows = [];
  for (const { name, ...models } of encoders) {
    const { taught, found } = await teachPair(pair, models, folder);
    rows.push({
      set,
      encoder: name,
      map50: Number(meanOf(found, taught.classes).toFixed(4)),
      teachMsPerImage: Math.round(taught.msPerImage),
      evalMsPerImage: Math.round(found.msPerImage),
    });
    console.error(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

try {
  const rows: object[] = [];
  if (flags.smoke) rows.push(...(await measure('smoke', await drawSmokeSet(folder))));
  else {
    if (flags.data === undefined) throw new Error('expected --data DIR');
    const sets = await prepareSets(flags.sets.split(','), flags.data, folder);
    for (const [set, pair] of sets) rows.push(...(await measure(set, pair)));
  }
  finish(flags, { rows });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
