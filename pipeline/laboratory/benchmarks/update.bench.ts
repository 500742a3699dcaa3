import { loadavg } from 'node:os';
import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import {
  createStrategy,
  type StrategyName,
  strategyNames,
} from '../../../operators/learn/strategies/strategy-registry.ts';
import type { Change, Example, Strategy } from '../../../operators/learn/strategy.ts';
import { benchmarkFlags, finish, median, numberOf } from './rig/benchmark.ts';

// Cost of one more class: the update that adds a class with 50 labelled objects, by strategy and by
// the number of classes and objects learned before:
//   node --import tsx pipeline/laboratory/benchmarks/update.bench.ts
//     [--strategies tally,ridge,slda] [--rounds 5] [--classes 1,10,31,100,300,1000]
//     [--objects 10x10,10x100,10x1000,100x10,100x100] [--samples 50] [--background 200]
//     [--report FILE]
// Features are simulated with the lengths and zeros of real ones, so that the arithmetic is the
// same. Every round starts from the same state; the strategies take turns.
const flags = benchmarkFlags({
  strategies: { type: 'string', default: 'tally,ridge,slda' },
  rounds: { type: 'string', default: '5' },
  classes: { type: 'string', default: '1,10,31,100,300,1000' },
  objects: { type: 'string', default: '10x10,10x100,10x1000,100x10,100x100' },
  samples: { type: 'string', default: '50' },
  background: { type: 'string', default: '200' },
});
const cells = 25;
const embeddings = 4;
/** Scene cells that one background row represents. */
const backgroundWeight = 32;
/** Most processor time of the default method, in ms, by the classes known: 31 is FOD-A's number. */
const targetsMs: ReadonlyMap<number, number> = new Map([
  [31, 150],
  [1000, 500],
]);
/** The method that the targets are for. */
const targetStrategy: StrategyName = 'tally';

const rounds = flags.smoke ? 1 : numberOf(flags.rounds);
const samples = flags.smoke ? 3 : numberOf(flags.samples);
/** Background cells of an update: those of one scene at a view of 320. */
const background = numberOf(flags.background);
const names = flags.strategies.split(',').map((name) => {
  const found = strategyNames.find((known) => known === name);
  if (found === undefined) throw new Error(`${name} is none of ${strategyNames.join(', ')}`);
  return found;
});

/** Classes known before the update, and objects learned of each. */
interface Start {
  readonly classes: number;
  readonly objects: number;
}

/**
 * One object per class suffices for `--classes`: the state's size does not depend on the objects.
 */
const starts: readonly Start[] = flags.smoke
  ? [{ classes: 2, objects: 2 }]
  : [
      ...flags.classes.split(',').map((count) => ({ classes: numberOf(count), objects: 1 })),
      ...flags.objects.split(',').map((pair) => {
        const [classes = '', objects = ''] = pair.split('x');
        return { classes: numberOf(classes), objects: numberOf(objects) };
      }),
    ];

const random = seededRandom(1);
/** Drawn once, 4 MB; each row is a slice of it. A third are zero, as after a ReLU. */
const noise = Float32Array.from({ length: 1_000_003 }, () => Math.max(0, 1.5 * random() - 0.5));

function rowsOf(count: number, length: number): Float32Array {
  const rows = new Float32Array(count * length);
  const start = Math.floor(random() * (noise.length - length));
  for (let i = 0; i < rows.length; i++) rows[i] = noise[(start + i) % noise.length]!;
  return rows;
}

/** Objects of a class: a common part plus individual noise. */
function objectsOf(label: string, count: number): Example[] {
  const common = { dense: rowsOf(1, denseLatentLength), crop: rowsOf(1, cropEmbeddingLength) };
  const draw = (rows: number, shared: Float32Array) =>
    rowsOf(rows, shared.length).map((value, i) => 0.5 * (value + shared[i % shared.length]!));
  return Array.from({ length: count }, (_, i) => ({
    id: `${label}/${i}`,
    label,
    dense: draw(cells, common.dense),
    denseTargets: Float32Array.from({ length: cells }, (__, cell) => 1 / (1 + cell)),
    embeddings: draw(embeddings, common.crop),
  }));
}

function changeOf(added: readonly Example[]): Change {
  return {
    added,
    removed: [],
    backgroundWeight,
    background: rowsOf(background, denseLatentLength),
    // Strategies that rehearse get the new examples only; they store further ones themselves.
    replay: () => added,
  };
}

/** Saved state after learning these classes and objects. */
async function learned(name: StrategyName, { classes, objects }: Start): Promise<Uint8Array> {
  const strategy = createStrategy(name, { seed: 1 });
  // As few updates as possible, because each one solves for a head.
  const all = Array.from({ length: classes }, (_, k) =>
    objectsOf(`class ${k}`, Math.min(objects, 10)),
  );
  await strategy.update(changeOf(all.flat()));
  const perUpdate = 1000;
  let due: Example[] = [];
  for (let more = 10; more < objects; more += 10) {
    for (let k = 0; k < classes; k++) due.push(...objectsOf(`class ${k}`, 10));
    if (due.length < perUpdate && more + 10 < objects) continue;
    await strategy.update(changeOf(due));
    due = [];
  }
  return strategy.save();
}

interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function updateCost(strategy: Strategy, change: Change): Promise<Cost> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await strategy.update(change);
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

async function measure(start: Start) {
  const states = new Map<StrategyName, Uint8Array>();
  for (const name of names) states.set(name, await learned(name, start));
  const costs = new Map<StrategyName, Cost[]>(names.map((name) => [name, []]));
  const stateBytes = new Map<StrategyName, number>();
  // The first round warms up the compiler and is not counted.
  for (let round = flags.smoke ? 0 : -1; round < rounds; round++) {
    const change = changeOf(objectsOf('new', samples));
    for (const name of names) {
      const strategy = createStrategy(name, { seed: 1 });
      strategy.restore(states.get(name)!);
      const cost = await updateCost(strategy, change);
      if (round >= 0) costs.get(name)!.push(cost);
      stateBytes.set(name, strategy.stateBytes);
    }
  }
  return names.map((name) => ({
    strategy: name,
    ...start,
    wallMs: rounded(median(costs.get(name)!.map(({ wallMs }) => wallMs))),
    cpuMs: rounded(median(costs.get(name)!.map(({ cpuMs }) => cpuMs))),
    stateBytes: stateBytes.get(name)!,
  }));
}

const rounded = (ms: number) => Number(ms.toFixed(1));

const updates: Awaited<ReturnType<typeof measure>> = [];
for (const start of starts) updates.push(...(await measure(start)));

finish(
  flags,
  { samples, cells, looks: embeddings, background, rounds, load: loadavg()[0], updates },
  updates
    .filter(({ strategy }) => strategy === targetStrategy)
    .flatMap(({ classes, cpuMs }) => {
      const atMost = targetsMs.get(classes);
      if (atMost === undefined) return [];
      const what = `${targetStrategy}: CPU time of an update after ${classes} classes, in ms`;
      return [{ what, value: cpuMs, atMost }];
    }),
);
