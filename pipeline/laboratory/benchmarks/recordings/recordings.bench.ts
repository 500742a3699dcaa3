import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchmarkFlags, finish, numberOf } from '../rig/benchmark.ts';
import { drawSmokeSet } from '../learning-table/smoke-set.ts';
import { compareRows, describeRows } from './compare-judgements.ts';
import { judgeRecordings } from './judge-recordings.ts';
import { recordingPairs } from './rig.ts';

// What tracks are worth: methods learn one half of a set of recordings and name the objects of the
// other half, by single frames and by the looks of a track; with every label, with one labelled
// frame of each class, and with that label carried along its track. Both directions together:
//   node --import tsx pipeline/laboratory/benchmarks/recordings/recordings.bench.ts --data DIR
//     [--strategies tally] [--seeds 1,2,3] [--cache DIR] [--encoder FILE] [--report FILE]
// A seed draws the labelled frames. Differences are against `frame` of the same strategy, and of
// the same labels or of fewer, with 95 % intervals from the same draws of tracks and seeds.
const flags = benchmarkFlags({
  strategies: { type: 'string', default: 'tally' },
  seeds: { type: 'string', default: '1,2,3' },
  cache: { type: 'string' },
  encoder: { type: 'string' },
});
const scratch = mkdtempSync(join(tmpdir(), 'lifelens-recordings-'));
try {
  const { smoke } = flags;
  const rows = await judgeRecordings({
    pairs: await recordingPairs(flags, scratch, drawSmokeSet),
    strategies: flags.strategies.split(','),
    seeds: (smoke ? '1' : flags.seeds).split(',').map(numberOf),
    cache: flags.cache ?? join(scratch, 'cache'),
    encoder: flags.encoder,
    print: (line) => console.error(line),
  });
  const compared = compareRows(rows);
  console.error(describeRows(compared));
  finish(flags, { rows: compared });
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
