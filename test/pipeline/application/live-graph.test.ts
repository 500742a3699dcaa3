import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { EMPTY, NEVER, Subject, type Subscription } from 'rxjs';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { Clusters } from '../../../operators/discover/clusters.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { InFlight } from '../../../operators/foundation/streams/in-flight.ts';
import { HeldOutSplit } from '../../../operators/label/held-out-split.ts';
import { SampleLabels } from '../../../operators/label/sample-labels.ts';
import { LearnedSet } from '../../../operators/learn/learned-set.ts';
import { builtInVectors } from '../../../operators/detect/engines/sight.ts';
import { memoryInSight } from '../../../pipeline/state/sight/memory-in-sight.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { HeadHistory } from '../../../operators/swap/head-history.ts';
import { Camera } from '../../../pipeline/application/camera.ts';
import { HeadComparison } from '../../../pipeline/application/learning/head-comparison.ts';
import { PinnedSamples } from '../../../pipeline/application/learning/pinned-samples.ts';
import { liveGraph } from '../../../pipeline/application/live-graph.ts';
import { LiveStatus } from '../../../pipeline/application/live-status.ts';
import { ModelMeter } from '../../../pipeline/application/metrics/model-meter.ts';
import { RunMeter } from '../../../pipeline/application/metrics/run-meter.ts';
import { livePacing } from '../../../pipeline/application/pacing.ts';
import { parseConfig } from '../../../pipeline/configuration/config.ts';
import type { CommandRequest, CommandResult, LifelensEvent } from '../../../sinks/events.ts';
import { makeSample } from '../../operators/remember/make-sample.ts';
import { facts } from '../../sinks/sample-events.ts';
import { cameraParts, ScriptedDetector, ScriptedSource, settle } from './scripted-camera.ts';
import { ScriptedLearner } from './scripted-learner.ts';
import { person } from '../../sinks/principals.ts';

const config = parseConfig({});
let yard: ScriptedSource;
let door: ScriptedSource;
let detector: ScriptedDetector;
let learner: ScriptedLearner;
let grown: string[];
let clusters: Clusters;
let commands: Subject<CommandRequest>;
let events: LifelensEvent[];
let ends: string[];
let replies: CommandResult[];
let subscription: Subscription;
let sampleAt: () => Promise<never>;
let runMeter: RunMeter;

function camera(name: string, source: ScriptedSource): Camera {
  return new Camera(
    cameraParts({
      name,
      source,
      detector,
      learner: { cropSize: 160, embedCrops: () => Promise.reject(new Error('not now')) },
      recentFrames: 0,
    }),
  );
}

beforeEach(() => {
  yard = new ScriptedSource();
  door = new ScriptedSource();
  detector = new ScriptedDetector();
  learner = new ScriptedLearner();
  commands = new Subject();
  events = [];
  ends = [];
  replies = [];
  sampleAt = () => Promise.reject(new Error('not here'));
  const cameras = new Map([
    ['yard', camera('yard', yard)],
    ['door', camera('door', door)],
  ]);
  const memory = createMemory('reservoir', 2 ** 22, seededRandom(1));
  for (const id of ['a', 'b']) memory.insert(makeSample(id));
  const seen = memoryInSight(memory, builtInVectors);
  const heads = new HeadHistory(emptyHead());
  const labels = new SampleLabels({ memory, split: new HeldOutSplit(0) });
  clusters = new Clusters();
  grown = [];
  clusters.takeGrown = () => grown.splice(0);
  const modelMeter = new ModelMeter();
  const strategy = config.learn.strategy;
  runMeter = new RunMeter({
    ...{ memory, clusters, heads, modelMeter, cameras, detector, strategy },
    size: { viewSize: 32 },
  });
  const graph = liveGraph(commands, {
    cameras,
    clock: livePacing.clock,
    pacing: livePacing,
    clusters,
    heads,
    memory: seen,
    learner,
    keeper: {
      saveActive: () => EMPTY,
      saveRefused: () => EMPTY,
      setActive: () => EMPTY,
    },
    journal: labels.journal,
    learned: new LearnedSet(),
    redraftAtStart: false,
    rolledBack: false,
    pinned: new PinnedSamples(),
    retrain: () => Promise.reject(new Error('not here')),
    reload: () => Promise.reject(new Error('not here')),
    restarted$: NEVER,
    learnedFor: () => 0,
    comparison: new HeadComparison({
      ...{ learner, heads, memory: seen, journal: labels.journal, background: { heldOut: [] } },
      ...{ tolerance: 0.05, saved: null },
    }),
    install: async () => undefined,
    trigger: { minLabels: 2, maxWaitMs: 1000, coolDownMs: 0 },
    sampleTaker: { take: () => () => EMPTY, remembered$: NEVER },
    background: {
      observe: async () => undefined,
      take: () => ({ background: new Float32Array(0), backgroundWeight: 4, negatives: [] }),
      grown$: NEVER,
    },
    annotator: { issueDue: async () => undefined },
    labels,
    lookup: {
      memory,
      resolveCluster: (id) => id,
      sampleAt: () => sampleAt(),
      boxOfTrack: () => [0, 0, 9, 9],
    },
    commandsInFlight: new InFlight(),
    modelInFlight: new InFlight(),
    status: new LiveStatus({ cameras, memory, heads, clusters, fixed: facts }),
    runMeter,
    modelMeter,
    onFrame: () => undefined,
    log: pino({ level: 'silent' }),
  });
  subscription = graph.subscribe({
    next: (event) => events.push(event),
    error: (error: unknown) => ends.push(messageOf(error)),
    complete: () => ends.push('complete'),
  });
});
afterEach(() => subscription.unsubscribe());

function send(command: CommandRequest['command']): void {
  commands.next({
    command,
    by: 'person',
    principal: person,
    reply: (result) => replies.push(result),
  });
}

/** Labels both samples, whose update is then with the learner. */
async function startUpdate(): Promise<void> {
  for (const sampleId of ['a', 'b']) {
    send({ command: 'label', class: 'cone', target: { sampleId } });
  }
  await expect.poll(() => learner.asked).toHaveLength(1);
}

const modelEvents = (): string[] =>
  events.flatMap((event) => (event.type === 'model' ? [event.event] : []));

describe('the graph', () => {
  it('goes on where a camera fails, and errors with the last one', async () => {
    yard.end(new Error('no picture'));
    door.shoot();
    await detector.answer();
    expect(events.map(({ type }) => type)).toEqual(['camera', 'camera', 'detections']);
    expect(ends).toEqual([]);
    door.end(new Error('no door'));
    await settle();
    expect(ends).toEqual(['no door']);
  });

  it('publishes the samples of a cluster again that took in another one', async () => {
    grown.push('c1');
    door.shoot();
    await detector.answer();
    const samples = events.flatMap((event) => (event.type === 'sample' ? [event.sampleId] : []));
    expect(samples).toEqual(['a', 'b']);
    door.shoot();
    await detector.answer();
    expect(events.filter(({ type }) => type === 'sample')).toHaveLength(2);
  });

  it('publishes what is asked by now with a sample whose label is taken back', async () => {
    clusters.questions.note({ camera: 'door', trackId: 1, sinceMs: 0, asked: true });
    send({ command: 'label', class: 'cone', target: { sampleId: 'a' } });
    await expect.poll(() => replies).toHaveLength(1);
    clusters.questions.note({ camera: 'door', trackId: 1, sinceMs: 0, asked: false });
    send({ command: 'undo' });
    await expect.poll(() => replies).toHaveLength(2);
    const asked = events.flatMap((event) => (event.type === 'sample' ? [event.asked] : []));
    expect(asked).toEqual([true, false]);
  });

  it('counts label commands that were carried out, each once', async () => {
    send({ command: 'label', class: 'cone', target: { sampleId: 'a' } });
    send({ command: 'dismiss', target: { sampleId: 'b' } });
    send({ command: 'dismiss', target: { sampleId: 'gone' } });
    await expect.poll(() => replies).toHaveLength(3);
    send({ command: 'undo' });
    await expect.poll(() => replies).toHaveLength(4);
    expect(runMeter.report(null)).toMatchObject({
      labelCommands: 3,
      questions: { asked: 0, withdrawn: 0 },
    });
  });

  it('completes where one camera ended and the other failed', async () => {
    yard.end(new Error('no picture'));
    door.end();
    await settle();
    expect(ends).toEqual(['complete']);
  });

  it('abandons an update at the end of the last camera', async () => {
    await startUpdate();
    yard.end();
    door.end();
    await settle();
    expect(ends).toEqual(['complete']);
    await learner.answer();
    expect(modelEvents()).toEqual(['learning']);
    expect(commands.observed).toBe(false);
  });

  it('publishes an installed head also where the last camera fails before its first frame', async () => {
    await startUpdate();
    await learner.answer();
    expect(modelEvents()).toEqual(['learning']);
    yard.end(new Error('no yard'));
    door.end(new Error('no door'));
    await settle();
    expect(ends).toEqual(['no door']);
    expect(modelEvents()).toEqual(['learning', 'swapped']);
  });

  it.each([
    ['ends', undefined],
    ['fails', new Error('no picture')],
  ])('replies to commands in progress when the last camera %s, once', async (_, error) => {
    let reject = (_error: Error): void => undefined;
    sampleAt = () => new Promise((_resolve, fail) => (reject = fail));
    send({ command: 'label', class: 'cone', target: { camera: 'yard', box: [1, 1, 9, 9] } });
    yard.end(error);
    door.end(error);
    await settle();
    reject(new Error('too late'));
    await settle();
    const message = expect.stringContaining('stopping') as string;
    expect(replies).toEqual([{ ok: false, code: 'failed', message }]);
  });
});
