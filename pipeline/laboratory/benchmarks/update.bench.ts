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

// What one more class costs: the update that brings a new class with 50 labelled objects, after so many
// classes of so many objects each, by strategy:
//   node --import tsx pipeline/laboratory/benchmarks/update.bench.ts [--strategies tally,ridge,slda] [--rounds 5]
//     [--classes 1,10,31,100,300,1000] [--objects 10x10,10x100,10x1000,100x10,100x100]
//     [--samples 50] [--background 200] [--report FILE]
// Features are simulated: lengths and zeros are those of latents, so that the arithmetic is the same. Every round begins
// with the same state and takes the strategies by turns.
const flags = benchmarkFlags({
  strategies: { type: 'string', default: 'tally,ridge,slda' },
  rounds: { type: 'string', default: '5' },
  classes: { type: 'string', default: '1,10,31,100,300,1000' },
  objects: { type: 'string', default: '10x10,10x100,10x1000,100x10,100x100' },
  samples: { type: 'string', default: '50' },
  background: { type: 'string', default: '200' },
});
const cells = 25;
const looks = 4;
/** Cells of scenes that one background row stands for. */
const backgroundWeight = 32;
/** Where the target is set: the classes of the FOD-A set. */
const targetClasses = 31;
const targetMs = 250;

const rounds = flags.smoke ? 1 : numberOf(flags.rounds);
const samples = flags.smoke ? 3 : numberOf(flags.samples);
/** Background cells that come with an update: what one scene gives at a view of 320. */
const background = numberOf(flags.background);
const names = flags.strategies.split(',').map((name) => {
  const found = strategyNames.find((each) => each === name);
  if (found === undefined) throw new Error(`${name} is none of ${strategyNames.join(', ')}`);
  return found;
});

/** Classes that are known before the update, and objects seen of each. */
interface Start {
  readonly classes: number;
  readonly objects: number;
}

/** One object a class is enough where classes are counted: states do not depend on how many there were. */
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
/** Drawn once: 4 MB of numbers, of which each row is a piece. A third are zero, as ReLU leaves them. */
const noise = Float32Array.from({ length: 1_000_003 }, () => Math.max(0, 1.5 * random() - 0.5));

function rowsOf(count: number, length: number): Float32Array {
  const rows = new Float32Array(count * length);
  const start = Math.floor(random() * (noise.length - length));
  for (let i = 0; i < rows.length; i++) rows[i] = noise[(start + i) % noise.length]!;
  return rows;
}

/** Objects of a class: what all of them have in common, and something of their own. */
function objectsOf(label: string, count: number): Example[] {
  const common = { dense: rowsOf(1, denseLatentLength), look: rowsOf(1, cropEmbeddingLength) };
  const draw = (rows: number, shared: Float32Array) =>
    rowsOf(rows, shared.length).map((value, i) => 0.5 * (value + shared[i % shared.length]!));
  return Array.from({ length: count }, (_, i) => ({
    id: `${label}/${i}`,
    label,
    dense: draw(cells, common.dense),
    denseTargets: Float32Array.from({ length: cells }, (__, cell) => 1 / (1 + cell)),
    embeddings: draw(looks, common.look),
  }));
}

function changeOf(added: readonly Example[]): Change {
  return {
    ...{ added, removed: [], backgroundWeight },
    background: rowsOf(background, denseLatentLength),
    // Strategies that rehearse are given what is new; more they would keep themselves.
    replay: () => added,
  };
}

/** The state after so many classes and objects, saved. */
async function learned(name: StrategyName, { classes, objects }: Start): Promise<Uint8Array> {
  const strategy = createStrategy(name, { seed: 1 });
  // Few updates, since each solves for its head.
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
  // The first round warms the compiler up and does not count.
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

const atTarget = flags.smoke ? updates : updates.filter(({ classes }) => classes === targetClasses);
finish(
  flags,
  { samples, cells, looks, background, rounds, load: loadavg()[0], updates },
  atTarget.map(({ strategy, classes, cpuMs }) => ({
    what: `${strategy}: processor time of an update, ${classes} classes before, in ms`,
    value: cpuMs,
    atMost: targetMs,
  })),
);
