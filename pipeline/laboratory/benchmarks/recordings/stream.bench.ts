import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trackerDefaults } from '../../../../operators/track/tracker-options.ts';
import { benchmarkFlags, finish, numberOf } from '../rig/benchmark.ts';
import { recordingPairs } from './rig.ts';
import { compareStreams, describeStreams } from './stream/compare-streams.ts';
import { drawRecordings } from './stream/draw-recordings.ts';
import { type Condition, judgeStreams } from './stream/judge-streams.ts';
import { delayOf } from './stream/schedule.ts';

// What late answers, wrong ones and identity switches cost a learner of recordings, and what is
// left of them once they are mended: one question a track, its answer carried along the track.
//   node --import tsx pipeline/laboratory/benchmarks/recordings/stream.bench.ts --data DIR
//     [--delays 0,64,end] [--wrong 0,0.1,0.2] [--switches 0,0.1,0.2] [--strategies tally]
//     [--seeds 1,2,3,4,5] [--visits 2] [--group 4] [--samples 5] [--every 8] [--cache DIR]
//     [--encoder FILE] [--report FILE]
// One thing goes wrong at a time: late answers are right, wrong ones and switches are not late.
const flags = benchmarkFlags({
  delays: { type: 'string', default: '0,64,end' },
  wrong: { type: 'string', default: '0,0.1,0.2' },
  switches: { type: 'string', default: '0,0.1,0.2' },
  strategies: { type: 'string', default: 'tally' },
  seeds: { type: 'string', default: '1,2,3,4,5' },
  visits: { type: 'string', default: '2' },
  group: { type: 'string', default: '4' },
  samples: { type: 'string', default: '5' },
  every: { type: 'string', default: '8' },
  cache: { type: 'string' },
  encoder: { type: 'string' },
});
/** Differences of mAP50 that rounding of sums in float32 may make. */
const roundingMax = 0.005;

const scratch = mkdtempSync(join(tmpdir(), 'lifelens-stream-'));
try {
  const { smoke } = flags;
  const judgements = await judgeStreams({
    pairs: await recordingPairs(flags, scratch, drawRecordings),
    strategies: flags.strategies.split(','),
    seeds: (smoke ? '1' : flags.seeds).split(',').map(numberOf),
    conditions: conditionsOf(flags, smoke),
    visits: countOf(flags.visits),
    group: smoke ? 1 : countOf(flags.group),
    hitsMin: trackerDefaults.minHits,
    samples: countOf(flags.samples),
    every: smoke ? 1 : countOf(flags.every),
    cache: flags.cache ?? join(scratch, 'cache'),
    encoder: flags.encoder,
    print: (line) => console.error(line),
  });
  const rows = compareStreams(judgements);
  console.error(describeStreams(rows));
  const targets = rows.flatMap(({ strategy, wrong, switches, fromNever }) => {
    const what = `${strategy}, wrong ${wrong}, switches ${switches}: mended against never`;
    return fromNever === null ? [] : [{ what, value: fromNever.largest, atMost: roundingMax }];
  });
  if (!finish(flags, { rows }, targets)) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The first delay without mistakes, then the others, then each share of mistakes at the first. */
function conditionsOf(
  given: { readonly delays: string; readonly wrong: string; readonly switches: string },
  smoke: boolean,
): readonly Condition[] {
  const delays = given.delays.split(',').map(delayOf);
  const sharesOf = (text: string) => text.split(',').map(shareOf);
  const [wrong, switches] = smoke
    ? [[0.5], [0.5]]
    : [sharesOf(given.wrong), sharesOf(given.switches)];
  const first = { delay: delays[0]!, wrong: 0, switches: 0 };
  return [
    ...delays.map((delay) => ({ ...first, delay })),
    ...wrong.filter((share) => share > 0).map((share) => ({ ...first, wrong: share })),
    ...switches.filter((share) => share > 0).map((share) => ({ ...first, switches: share })),
  ];
}

function shareOf(text: string): number {
  const share = numberOf(text);
  if (share >= 0 && share <= 1) return share;
  throw new RangeError(`expected a share from 0 to 1, found ${text}`);
}

function countOf(text: string): number {
  const count = numberOf(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new RangeError(`expected an integer of at least 1, found ${text}`);
}
