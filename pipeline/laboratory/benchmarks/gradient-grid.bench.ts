import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseEngine } from '../../../operators/detect/engines/choose-engine.ts';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import type { Tuning } from '../../../operators/learn/strategies/gradient/gradient-options.ts';
import {
  type StrategyName,
  strategyNames,
} from '../../../operators/learn/strategies/strategy-registry.ts';
import { createWithinCap } from '../learning/create-within-cap.ts';
import { BenchLearner } from '../learning/bench-learner.ts';
import { CachedPredictor } from '../learning/cache/cached-predictor.ts';
import type { CachedExamples } from '../learning/cache/examples-file.ts';
import { countClasses, planSteps } from '../protocols/class-incremental.ts';
import { meanOver, scoreClasses } from '../protocols/class-scores.ts';
import type { StepPicture } from '../protocols/protocol.ts';
import { BackboneCache } from '../learning/cache/backbone-cache.ts';
import { benchmarkFlags, finish } from './rig/benchmark.ts';
import { drawSmokeSet } from './learning-table/smoke-set.ts';
import { searchTuning, type Trial, tuningPoints } from './learning-table/search-tuning.ts';
import { prepareSets } from './learning-table/table-sets.ts';
import { tuningSplit } from './learning-table/tuning-split.ts';

// Searches the best settings of gradient methods, one setting after the other, on the same points:
//   node --import tsx pipeline/laboratory/benchmarks/gradient-grid.bench.ts --data DIR
//     [--methods joint,replay] [--cache DIR] [--report FILE]
// Learns FOD-A's training recordings class by class within 4 MiB, as protocol `all` does. The last
// recording of every class with several is held out for validation; the test set is not used.
const flags = benchmarkFlags({ methods: { type: 'string' }, cache: { type: 'string' } });
const seed = 1;
const viewSize = 320;
const memoryBytes = 4 * 1024 ** 2;
/** FOD-A keeps every fifth frame, and some are missing. */
const gapMax = 60;
const holding = new Set<StrategyName>(['ewc', 'lwf-head', 'mma-head', 'der', 'mixed-replay']);
/** Methods that are solved, not trained by gradient. */
const closedForm = new Set<StrategyName>([
  'tally',
  'ridge',
  'air',
  'ncm',
  'slda',
  'klda',
  'ranpac',
  'truncated-svd',
  'fecam',
  'fecam-tied',
  'falkon',
]);

/** One point of the search. */
interface MethodTrial extends Trial {
  readonly method: StrategyName;
  /** CPU time of all updates. */
  readonly cpuSeconds: number;
}

const out = mkdtempSync(join(tmpdir(), 'lifelens-grid-'));
try {
  finish(flags, { trials: await tryAll(chosenMethods()) });
} finally {
  rmSync(out, { recursive: true, force: true });
}

function chosenMethods(): readonly StrategyName[] {
  const methods = strategyNames.filter((name) => !closedForm.has(name));
  if (flags.smoke) return methods.slice(0, 1);
  const requested = flags.methods?.split(',') ?? methods;
  for (const name of requested) {
    if (!methods.some((method) => method === name)) {
      throw new Error(`${name} is none of ${methods.join(', ')}`);
    }
  }
  return methods.filter((name) => requested.includes(name));
}

async function tryAll(methods: readonly StrategyName[]): Promise<readonly MethodTrial[]> {
  const { learned, validation } = await openSets();
  const { engine } = await chooseEngine('onnx', { threads: 1 });
  try {
    const cache = await BackboneCache.open(flags.cache ?? join(out, 'cache'), engine, viewSize);
    const signal = new AbortController().signal;
    const classes = [...countClasses(learned).keys()];
    const steps = planSteps({ train: learned, seed }, classes, new Array(classes.length).fill(1));
    const loaded = new WeakMap<StepPicture, CachedExamples>();
    const examplesOf = async (picture: StepPicture): Promise<CachedExamples> => {
      const examples = loaded.get(picture) ?? (await cache.examples(picture));
      loaded.set(picture, examples);
      return examples;
    };
    const attempt = async (method: StrategyName, tuning: Tuning): Promise<MethodTrial> => {
      const parts = createWithinCap(method, memoryBytes, { seed, memoryBytes, ...tuning });
      const learner = new BenchLearner({ ...parts, examplesOf, signal });
      for (const { pictures } of steps) await learner.learn(pictures);
      const scores = await scoreClasses(
        new CachedPredictor(cache),
        validation.images,
        learner.head,
        signal,
      );
      const cpuMs = learner.updates.reduce((sum, update) => sum + update.cpuMs, 0);
      const map50 = meanOver(scores, classes, 'ap50');
      if (map50 === null) throw new Error('none of the learned classes is validated');
      const trial = { method, ...tuning, map50, cpuSeconds: cpuMs / 1000 };
      console.error(JSON.stringify(trial));
      return trial;
    };
    const trials: MethodTrial[] = [];
    for (const method of methods) {
      const points = pointsOf(method);
      trials.push(...(await searchTuning((tuning) => attempt(method, tuning), points)));
    }
    return trials;
  } finally {
    await engine.close();
  }
}

function pointsOf(method: StrategyName): typeof tuningPoints {
  if (flags.smoke) return { rates: [0.003], furtherRates: [], otherDecays: [], holds: [] };
  return holding.has(method) ? tuningPoints : { ...tuningPoints, holds: [] };
}

async function openSets() {
  if (flags.smoke) {
    const { train, test } = await drawSmokeSet(join(out, 'drawn'));
    return { learned: await readDataset(train), validation: await readDataset(test) };
  }
  if (flags.data === undefined) throw new Error('expected --data DIR');
  const sets = await prepareSets(['fod-a'], flags.data, out);
  return tuningSplit(await readDataset(sets.get('fod-a')!.train), gapMax);
}
