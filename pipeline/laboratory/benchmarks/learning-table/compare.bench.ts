import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { outcomesAt50 } from '../../../../operators/measure/average-precision.ts';
import { differenceOfRuns, meanOfRuns } from '../../learning/compare-outcomes.ts';
import { packOutcomes, type RunOutcomes, unpackOutcomes } from '../../learning/outcomes-file.ts';
import { finish } from '../rig/benchmark.ts';

// Compares two methods on the same test pictures: by how much the first one's final mAP50 exceeds
// the second one's, with a 95 % interval from resampling groups of pictures, the same for both. A
// and B are files of `lifelens bench learning --outcomes`, several separated by commas: one for
// each class order (--seed) and test set, the same for both.
//   node --import tsx pipeline/laboratory/benchmarks/learning-table/compare.bench.ts A B
const { values: flags, positionals } = parseArgs({
  options: { smoke: { type: 'boolean', default: false }, report: { type: 'string' } },
  allowPositionals: true,
});

if (flags.smoke) smoke();
else if (positionals.length === 2) finish(flags, compare(positionals[0]!, positionals[1]!));
else throw new Error('expected two files of outcomes, or two lists of them with commas');

function compare(first: string, second: string): object {
  const [a, b] = [first, second].map((list) =>
    list.split(',').map((file) => unpackOutcomes(readFileSync(file), file)),
  ) as [RunOutcomes[], RunOutcomes[]];
  const { value, interval } = differenceOfRuns(a, b);
  return {
    protocol: a[0]!.protocol,
    seeds: [...new Set(a.map(({ seed }) => seed))],
    groups: a.filter(({ seed }) => seed === a[0]!.seed).map(({ groups }) => groups.length),
    first: { strategy: a[0]!.strategy, ...meanOfRuns(a) },
    second: { strategy: b[0]!.strategy, ...meanOfRuns(b) },
    difference: value,
    interval,
    beyondChance: interval === null ? null : interval[0] > 0 || interval[1] < 0,
  };
}

/** Compares two drawn files: of 12 pictures the first method finds all and the second one half. */
function smoke(): void {
  const folder = mkdtempSync(join(tmpdir(), 'lifelens-compare-'));
  try {
    const files = [1, 2].map((every) => {
      const file = join(folder, `${every}.gz`);
      writeFileSync(file, packOutcomes(drawnRun(every)));
      return file;
    });
    finish(flags, compare(files[0]!, files[1]!));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function drawnRun(every: number): RunOutcomes {
  const box = [0, 0, 9, 9] as const;
  const indices = Array.from({ length: 12 }, (_, i) => i);
  const found = indices.map((i) => ({
    truths: [{ box }],
    detections: i % every === 0 ? [{ box, score: 1 }] : [],
  }));
  return {
    ...{ protocol: 'all', strategy: `every ${every}`, train: 'drawn', test: 'drawn', seed: 1 },
    step: 1,
    pictures: indices.map(String),
    groups: indices.map((i) => [i]),
    classes: new Map([['thing', outcomesAt50(found)]]),
  };
}
