import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { Learner } from '../../../operators/learn/learner.ts';
import { BackgroundArchive } from './crash/background-archive.ts';
import { compareWithRebuilt, type HeadComparison } from './crash/compare-heads.ts';
import { CrashRounds, crashConfig } from './crash/crash-rounds.ts';
import { damageCopy, faultsAfter, recordsIn, storeFile } from './crash/damage-state.ts';
import { learnRest, openQuietly, unlearnedClasses } from './crash/learn-rest.ts';
import { benchmarkFlags, finish, median, numberOf } from './rig/benchmark.ts';
import { ServiceFolder } from './rig/service/service.ts';

// Kills a program again and again while it is labelled, renamed, undone and swapped, and damages
// copies of the state that is left:
//   npm run bench:crash -- [--kills 200] [--damages 1000] [--starts 50] [--seed 1]
//     [--memory 512] [--report FILE]
// --damages: copies opened in this process, every fifth of which learns too; --starts: of further
// damaged copies, whole programs.
// --memory: cap on the samples in MiB. A head can be compared with one that is learned anew only
// where no sample that was learned has been evicted.
// Equal seeds draw equal commands, pauses and damages; what a kill interrupts depends on the
// machine. Exits with 1 where something acknowledged is lost, or a damaged state does not open.
const flags = benchmarkFlags({
  kills: { type: 'string', default: '200' },
  damages: { type: 'string', default: '1000' },
  starts: { type: 'string' },
  seed: { type: 'string', default: '1' },
  memory: { type: 'string', default: '512' },
});
const kills = flags.smoke ? 2 : numberOf(flags.kills);
const damages = flags.smoke ? 5 : numberOf(flags.damages);
const starts = flags.smoke ? 1 : numberOf(flags.starts ?? String(Math.ceil(damages / 20)));
const seed = numberOf(flags.seed);
/** Of the damaged copies, every such one also learns. */
const learnedEvery = 5;
/** Most that heads may differ. */
const differenceMax = 1e-2;
const failures: string[] = [];
let learnedDamaged = 0;
console.error(`seed ${seed}`);

const folder = await ServiceFolder.create();
const state = 'state';
const background = new BackgroundArchive();
const config = crashConfig(numberOf(flags.memory) * 1024 ** 2);
const rounds = new CrashRounds(folder, state, config, seededRandom(seed));

async function killRepeatedly(): Promise<void> {
  for (let i = 0; i < kills; i++) {
    try {
      await rounds.round();
      await background.collect(folder.at(state));
    } catch (error) {
      failures.push(`kill ${i + 1}: ${messageOf(error)}`);
      await folder.stopAll();
      return;
    }
    if ((i + 1) % 10 === 0) console.error(`${i + 1} kills`);
  }
  await rounds.finish().catch((error: unknown) => failures.push(`end: ${messageOf(error)}`));
}

async function damageRepeatedly(): Promise<void> {
  const random = seededRandom(seed + 1);
  const path = folder.at(state);
  const original = readFileSync(join(path, storeFile));
  const before = await recordsIn(path);
  const learner = await Learner.start();
  const blank = await learner.save();
  try {
    for (let i = 0; i < damages; i++) {
      const copy = folder.at('damaged');
      const damage = damageCopy(path, copy, random);
      const what = `damage ${i + 1} (${damage.file} ${damage.kind} at ${damage.from})`;
      try {
        const faults = faultsAfter(damage, original, before, await recordsIn(copy));
        if (faults.length > 0) failures.push(`${what}: ${faults.slice(0, 3).join(', ')}`);
        if (i % learnedEvery === 0) await learnDamaged(copy, learner, blank);
      } catch (error) {
        failures.push(`${what}: ${messageOf(error)}`);
      }
    }
  } finally {
    await learner.close();
  }
}

/** Opens a whole state, and learns what is left to be learned. */
async function learnDamaged(copy: string, learner: Learner, blank: Uint8Array): Promise<void> {
  await learner.restore(blank);
  const opened = await openQuietly(copy, config);
  try {
    const { draft } = await learnRest(opened, learner);
    const unlearned = unlearnedClasses(opened, draft);
    if (unlearned.length > 0) throw new Error(`the new head lacks ${unlearned.join(', ')}`);
    learnedDamaged++;
  } finally {
    await opened.close();
  }
}

/** Starts whole programs on damaged copies: each has to learn a label. */
async function startDamaged(): Promise<void> {
  const random = seededRandom(seed + 2);
  for (let i = 0; i < starts; i++) {
    const copy = `started-${i}`;
    const damage = damageCopy(folder.at(state), folder.at(copy), random);
    try {
      const service = await folder.start({ state: copy, config });
      await service.label('new class', i % 6);
      await service.knowsOf('new class');
      await service.stop();
    } catch (error) {
      const what = `start ${i + 1} (${damage.file} ${damage.kind} at ${damage.from})`;
      failures.push(`${what}: ${messageOf(error)}`);
      await folder.stopAll();
    }
  }
}

let comparison: HeadComparison | null = null;
try {
  await killRepeatedly();
  if (failures.length === 0) {
    comparison = await compareWithRebuilt(
      folder.at(state),
      folder.at('rebuilt'),
      config,
      background,
    );
    await damageRepeatedly();
    await startDamaged();
  }
} catch (error) {
  failures.push(messageOf(error));
}
const { startMs, ...figures } = rounds.figures;
finish(
  flags,
  {
    benchmark: 'crash',
    seed,
    ...figures,
    startMs: Math.round(median(startMs)),
    damages,
    learnedDamaged,
    starts,
    head: comparison,
    failures,
  },
  [
    { what: 'failures', value: failures.length, atMost: 0 },
    ...(comparison !== null && comparison.evicted > 0
      ? []
      : [
          {
            what: 'difference from the head of an uninterrupted run',
            value: comparison?.difference ?? Infinity,
            atMost: differenceMax,
          },
        ]),
  ],
);
const isFar = (comparison?.difference ?? 0) > differenceMax && comparison?.evicted === 0;
if (isFar) console.error(`the state is kept in ${folder.path}`);
else if (failures.length > 0) {
  console.error(`${failures.join('\n')}\nthe state is kept in ${folder.path}`);
  await folder.stopAll();
  process.exitCode = 1;
} else {
  await folder.remove();
}
