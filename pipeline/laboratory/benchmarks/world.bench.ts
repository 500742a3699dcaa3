import { intersectionOverUnion } from '../../../operators/foundation/geometry/box.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TruthBox } from '../../../operators/ingest/frames/frame.ts';
import { defaultScenario } from '../../../operators/ingest/world/default-scenario.ts';
import type { RunReport } from '../../application/metrics/run-report.ts';
import type { ConfigInput } from '../../configuration/config.ts';
import type { DetectionLine } from './rig/detection-line.ts';
import { benchmarkFlags, finish, numberOf } from './rig/benchmark.ts';
import { startRun } from './rig/measured-run.ts';
import { playWorld, visibleMin } from './rig/play-world.ts';

// Recall and precision of labels on the simulated camera of `npm start`, per class against its
// ground truth, from some seconds after the class first appears:
//   node --import tsx pipeline/laboratory/benchmarks/world.bench.ts [--seeds 1] [--frames 4500]
//     [--settle 450] [--from 0] [--size 320] [--delay 3000] [--wrong 0] [--correct never]
//     [--report FILE]
// --delay, --wrong and --correct are of the simulated annotator: ms until it labels, share of its
// labels that name a wrong class, and ms until it takes these back and gives the right ones.
// It runs in lockstep, so that the same code gives the same figures on any machine, however busy.
const flags = benchmarkFlags({
  seeds: { type: 'string', default: '1' },
  frames: { type: 'string', default: '4500' },
  settle: { type: 'string', default: '450' },
  from: { type: 'string', default: '0' },
  size: { type: 'string', default: '320' },
  delay: { type: 'string', default: '3000' },
  wrong: { type: 'string', default: '0' },
  correct: { type: 'string', default: 'never' },
});
const frames = flags.smoke ? 150 : numberOf(flags.frames);
const settle = flags.smoke ? 30 : numberOf(flags.settle);
const judgedFrom = flags.smoke ? 0 : numberOf(flags.from);
const world: ConfigInput['world'] = {
  labelDelayMs: numberOf(flags.delay),
  wrongLabelShare: numberOf(flags.wrong),
  correctionDelayMs: flags.correct === 'never' ? null : numberOf(flags.correct),
};
const seeds = flags.seeds.split(',').map(numberOf);

/** Minimum IoU of a detected object. */
const detectedIou = 0.5;
/**
 * Minimum IoU of a correct label: a loosely placed box is a localisation error, not a false label.
 */
const labelledIou = 0.25;

interface Tally {
  objects: number;
  found: number;
  named: number;
  correct: number;
  /** False labels, by the class at their place. */
  readonly mistaken: Map<string, number>;
}

/** What a run detects, asks and is labelled with. */
interface Played {
  readonly detections: readonly DetectionLine[];
  readonly report: RunReport;
}

async function play(seed: number): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'lifelens-bench-'));
  try {
    const file = join(folder, 'detections.jsonl');
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify({ world } satisfies ConfigInput));
    const length = ['--fast', '--frames', String(frames), '--seed', String(seed)];
    const rest = ['--size', flags.size, '--no-dashboard', '--detections', file];
    const args = ['--config', config, '--source', 'world', ...length, ...rest];
    const report = await startRun(args).report;
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return { detections: lines.map((line) => JSON.parse(line) as DetectionLine), report };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function evaluate(
  seed: number,
  { detections: lines }: Played,
  truth: readonly (readonly TruthBox[])[],
): ReadonlyMap<string, Tally> {
  const { classes } = defaultScenario(seed);
  const tallies = new Map(
    classes.map(({ name }) => [
      name,
      { objects: 0, found: 0, named: 0, correct: 0, mistaken: new Map<string, number>() },
    ]),
  );
  const from = new Map(
    classes.map(({ name, fromFrame }) => [name, Math.max(judgedFrom, fromFrame + settle)]),
  );
  for (const { frame, detections } of lines) {
    const objects = truth[frame] ?? [];
    for (const [name, tally] of tallies) {
      if (frame < from.get(name)!) continue;
      const ofClass = detections.filter((detection) => detection.class === name);
      count(tally, name, ofClass, objects);
    }
  }
  return tallies;
}

function count(
  tally: Tally,
  name: string,
  detections: DetectionLine['detections'],
  objects: readonly TruthBox[],
): void {
  for (const object of objects) {
    if (object.class !== name || object.visible < visibleMin) continue;
    tally.objects++;
    if (detections.some(({ box }) => intersectionOverUnion(box, object.box) >= detectedIou)) {
      tally.found++;
    }
  }
  for (const { box } of detections) {
    const overlapping = objects
      .map((object) => ({ object, overlap: intersectionOverUnion(box, object.box) }))
      .filter(({ overlap }) => overlap >= labelledIou)
      .sort((a, b) => b.overlap - a.overlap);
    tally.named++;
    if (overlapping.some(({ object }) => object.class === name)) {
      tally.correct++;
    } else {
      const actual = overlapping[0]?.object.class ?? 'nothing';
      tally.mistaken.set(actual, (tally.mistaken.get(actual) ?? 0) + 1);
    }
  }
}

function rowOf(name: string, { objects, found, named, correct, mistaken }: Tally) {
  return {
    class: name,
    objects,
    recall: objects === 0 ? null : Number((found / objects).toFixed(3)),
    precision: named === 0 ? null : Number((correct / named).toFixed(3)),
    mistakenFor: Object.fromEntries([...mistaken].sort((a, b) => b[1] - a[1]).slice(0, 3)),
  };
}

/** Mean over the classes that have a figure. */
function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return Number((known.reduce((sum, value) => sum + value, 0) / known.length).toFixed(3));
}

function summaryOf(rows: readonly ReturnType<typeof rowOf>[]) {
  return {
    recall: mean(rows.map(({ recall }) => recall)),
    precision: mean(rows.map(({ precision }) => precision)),
    classes: rows,
  };
}

const rounds = [];
for (const seed of seeds) {
  const played = await play(seed);
  const tallies = evaluate(seed, played, await playWorld(seed, frames));
  const { questions, labelCommands } = played.report;
  const rows = (novel: boolean) =>
    defaultScenario(seed)
      .classes.filter(({ known }) => (known === null) === novel)
      .map(({ name }) => rowOf(name, tallies.get(name)!));
  const novel = summaryOf(rows(true));
  rounds.push({ seed, questions, labelCommands, novel, known: summaryOf(rows(false)) });
}
const settings = { frames, settle, from: judgedFrom, size: numberOf(flags.size), world };
finish(flags, { benchmark: 'world', ...settings, rounds });
