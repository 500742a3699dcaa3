import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSource } from '../../../../operators/ingest/sources/create-source.ts';
import { defaultScenario } from '../../../../operators/ingest/world/default-scenario.ts';
import { manyClasses } from '../../../../operators/ingest/world/many-classes.ts';
import type { Scenario } from '../../../../operators/ingest/world/scenario.ts';
import { worldSource } from '../../../../operators/ingest/world/world-source.ts';
import type { ConfigInput } from '../../../configuration/config.ts';
import { benchmarkFlags, finish, numberOf, videoIn, type Target } from '../rig/benchmark.ts';
import { annotatedVideos, readAnnotation, type Annotation } from './annotation.ts';
import { collectQuestions, type Asked } from './collect-questions.ts';
import { drawQuestions } from './question-sheet.ts';
import {
  delaysOf,
  judgeQuestions,
  scoreQuestions,
  type Delays,
  type QuestionScore,
} from './score-questions.ts';
import { worldAnnotation } from './world-annotation.ts';

// What an operator is asked, against what is novel: the annotated videos and the simulated world,
// in lockstep, with an operator who answers nothing.
//   node --import tsx pipeline/laboratory/benchmarks/questions/questions.bench.ts --data DIR
//     [--videos vtest,box] [--worlds garden:1,garden:2,many:3] [--frames 4500] [--size 320]
//     [--fps 5] [--pictures DIR]
const flags = benchmarkFlags({
  videos: { type: 'string' },
  worlds: { type: 'string', default: 'garden:1,garden:2,many:3' },
  frames: { type: 'string', default: '4500' },
  size: { type: 'string', default: '320' },
  fps: { type: 'string', default: 'Infinity' },
  pictures: { type: 'string' },
});
// Whether there is an input of this size, watch() checks.
const config = { detect: { size: numberOf(flags.size) } } as ConfigInput;
const frames = flags.smoke ? 150 : numberOf(flags.frames);
const fps = flags.fps === 'Infinity' ? Infinity : numberOf(flags.fps);

interface Row extends QuestionScore {
  readonly scene: string;
  readonly delays: Delays;
}

async function judge(scene: string, asked: Asked, annotation: Annotation): Promise<Row> {
  const judged = judgeQuestions(asked, annotation);
  if (flags.pictures !== undefined) {
    mkdirSync(flags.pictures, { recursive: true });
    const sheet = await drawQuestions(judged);
    const file = join(flags.pictures, `${scene.replace(':', '-')}.png`);
    if (sheet !== null) writeFileSync(file, sheet);
  }
  const delays = delaysOf(asked, annotation);
  const row = { scene, ...scoreQuestions(judged, annotation), delays };
  console.error(JSON.stringify(row));
  return row;
}

async function judgeVideo(name: string): Promise<Row | null> {
  const annotation = readAnnotation(name);
  const path = videoIn(flags.data, annotation.video);
  if (path === null) return null;
  return judge(name, await collectQuestions(createSource(path), config, { fps }), annotation);
}

function scenarioOf(world: string): Scenario {
  const [kind, seed] = [world.split(':')[0], numberOf(world.split(':')[1] ?? '1')];
  if (kind === 'garden') return defaultScenario(seed);
  if (kind === 'many') return manyClasses(12, seed);
  throw new Error(`--worlds: expected garden:SEED or many:SEED, not ${world}`);
}

async function judgeWorld(world: string): Promise<Row> {
  const scenario = scenarioOf(world);
  const asked = await collectQuestions(worldSource(scenario), config, { framesMax: frames, fps });
  return judge(world, asked, worldAnnotation(scenario, asked.truths));
}

/** The counts of several scenes together. */
function together(rows: readonly Row[]) {
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
  const asked = sum(({ novelAsked }) => novelAsked);
  const questions = sum((row) => row.questions);
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const borderline = sum(({ verdicts }) => (verdicts['minor'] ?? 0) + (verdicts['unnamed'] ?? 0));
  const useless = sum((row) => row.useless);
  return {
    questions,
    askedShare: share(
      asked,
      sum(({ novelObjects }) => novelObjects),
    ),
    questionsPerObject: share(
      sum(({ novelQuestions }) => novelQuestions),
      asked,
    ),
    mostPerObject: Math.max(0, ...rows.map(({ mostPerObject }) => mostPerObject)),
    purity: share(
      sum((row) => row.purity * row.novelAsked),
      asked,
    ),
    uselessShare: share(useless, questions),
    /** The same where minor and unnamed objects count as useless. */
    uselessShareStrict: share(useless + borderline, questions),
  };
}

function targetsOf(what: string, rows: readonly Row[]): readonly Target[] {
  if (rows.length === 0) return [];
  const { askedShare, mostPerObject, uselessShare } = together(rows);
  return [
    { what: `${what}: novel objects asked about`, value: askedShare, atLeast: 0.9 },
    { what: `${what}: most questions about one novel object`, value: mostPerObject, atMost: 2 },
    { what: `${what}: share of useless questions`, value: uselessShare, atMost: 0.2 },
  ];
}

const list = (text: string) => text.split(',').filter((each) => each !== '');
const videoRows: Row[] = [];
for (const name of flags.smoke ? [] : list(flags.videos ?? annotatedVideos.join(','))) {
  const row = await judgeVideo(name);
  if (row !== null) videoRows.push(row);
}
const worldRows: Row[] = [];
for (const world of flags.smoke ? ['garden:1'] : list(flags.worlds)) {
  worldRows.push(await judgeWorld(world));
}
finish(
  flags,
  {
    benchmark: 'questions',
    frames,
    size: numberOf(flags.size),
    scenes: [...videoRows, ...worldRows],
    videos: together(videoRows),
    worlds: together(worldRows),
  },
  [...targetsOf('videos', videoRows), ...targetsOf('worlds', worldRows)],
);
