import { Subject, type Subscription } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { StateError } from '../../../../operators/foundation/files/state-error.ts';
import { InFlight } from '../../../../operators/foundation/streams/in-flight.ts';
import { systemClock } from '../../../../operators/foundation/time/clock.ts';
import { HeldOutSplit } from '../../../../operators/label/held-out-split.ts';
import { SampleLabels } from '../../../../operators/label/sample-labels.ts';
import type { Scene } from '../../../../operators/learn/examples/scene.ts';
import { createMemory } from '../../../../operators/remember/create-memory.ts';
import { HeadHistory } from '../../../../operators/swap/head-history.ts';
import { Camera } from '../../../../pipeline/application/camera.ts';
import {
  carryOutCommands,
  type CommandEffect,
} from '../../../../pipeline/application/commands/carry-out-commands.ts';
import { SampleMaker } from '../../../../pipeline/application/sampling/sample-maker.ts';
import { SampleOnDemand } from '../../../../pipeline/application/commands/sample-on-demand.ts';
import { parseConfig } from '../../../../pipeline/configuration/config.ts';
import type { Command, CommandRequest, CommandResult } from '../../../../sinks/events.ts';
import { makeExample } from '../../../operators/learn/make-example.ts';
import { draft } from '../../../operators/swap/sample-head.ts';
import { cameraParts, ScriptedDetector, ScriptedSource } from '../scripted-camera.ts';
import { person } from '../../../sinks/principals.ts';

const config = parseConfig({});
let memory: ReturnType<typeof createMemory>;
let heads: HeadHistory;
let source: ScriptedSource;
let detector: ScriptedDetector;
let camera: Camera;
let scenes: Scene[];
let rolledBack: (number | undefined)[];
let effects: CommandEffect[];
let learnerFails: boolean;
let commit: () => Promise<void>;
let requests: Subject<CommandRequest>;
let subscription: Subscription;
let commandsInFlight: InFlight;
let modelInFlight: InFlight;

const handle = (command: Command): Promise<CommandResult> =>
  new Promise((reply) => requests.next({ command, by: 'person', principal: person, reply }));

beforeEach(() => {
  memory = createMemory('reservoir', 2 ** 20, seededRandom(1));
  heads = new HeadHistory(emptyHead());
  source = new ScriptedSource();
  detector = new ScriptedDetector();
  scenes = [];
  rolledBack = [];
  effects = [];
  learnerFails = false;
  commit = () => Promise.resolve();
  requests = new Subject();
  commandsInFlight = new InFlight();
  modelInFlight = new InFlight();
  camera = new Camera(
    cameraParts({
      source,
      track: { ...config.track, minHits: 1 },
      detector,
      learner: { cropSize: 160, embedCrops: () => Promise.reject(new Error('not now')) },
    }),
  );
  camera.frames().subscribe(({ frame }) => frame.release());
  const learner = {
    examine: async (scene: Scene) => {
      if (learnerFails) throw new Error('the learner is busy');
      scenes.push(scene);
      const examples = [makeExample(scene.id, null, { crops: 1 })];
      const background = new Float32Array(0);
      return {
        ...{ examples, background, backgroundWeight: 4 },
        ...{ negatives: [], negativePeaks: [], negativePlaces: [] },
      };
    },
  };
  const cameras = new Map([['yard', camera]]);
  const maker = new SampleMaker({ learner, thumbnailPixels: 0, firstNumber: 40 });
  const onDemand = new SampleOnDemand(cameras, maker);
  subscription = requests
    .pipe(
      carryOutCommands({
        cameras,
        heads,
        labels: new SampleLabels({ memory, split: new HeldOutSplit(0), commit: () => commit() }),
        learnedFor: () => 0,
        lookup: {
          memory,
          resolveCluster: (id) => id,
          sampleAt: (spot) => onDemand.sampleAt(spot),
          boxOfTrack: (name, trackId) => onDemand.boxOfTrack(name, trackId),
        },
        clock: systemClock,
        commandsInFlight,
        modelInFlight,
      }),
    )
    .subscribe((effect) => {
      effects.push(effect);
      if (effect.type !== 'rollback') return;
      // Stands in for the swap.
      const { request } = effect;
      rolledBack.push(request.version);
      const from = heads.active.version;
      const head = heads.rollback(request.version);
      request.settled({ type: 'rolled-back', request, head, from });
    });
});

async function shoot(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    source.shoot();
    await detector.answer([{ box: [4, 4, 20, 20], objectness: 0.9, baseScore: 0.9 }]);
  }
}

const box = (corners: readonly [number, number, number, number], more: object = {}): Command => ({
  command: 'label',
  class: 'cone',
  target: { camera: 'yard', box: corners, ...more },
});

describe('a box that was drawn', () => {
  it('becomes a sample of the newest frame, or of the given one', async () => {
    await shoot(3);
    expect(await handle(box([10, 10, 30, 30]))).toMatchObject({ ok: true, samples: 1 });
    expect(await handle(box([10, 10, 30, 30], { frame: 1 }))).toMatchObject({ ok: true });
    const [newest, meant] = [...memory.values()];
    expect(newest).toMatchObject({ id: 's41', camera: 'yard', timestampMs: 200 });
    expect(meant).toMatchObject({ id: 's42', timestampMs: 100, label: { class: 'cone' } });
    // Each box counts as an object of its own.
    expect(newest?.trackId).not.toBe(meant?.trackId);
    expect(source.pool.inUse).toBe(2);
  });

  it('is clipped to the picture, and refused where nothing is left', async () => {
    await shoot(1);
    await handle(box([-10, 20, 300, 400]));
    expect(scenes[0]?.boxes).toEqual([{ box: [0, 20, 64, 48], label: null }]);
    expect(await handle(box([70, 10, 90, 30]))).toEqual({
      ...{ ok: false, code: 'unknown-target' },
      message: 'the box has no area inside the 64 × 48 picture',
    });
  });

  it('in a frame that is gone, or before the first, is refused with the frames that are held', async () => {
    expect(await handle(box([1, 1, 9, 9]))).toMatchObject({ ok: false, code: 'frame-gone' });
    await shoot(4);
    expect(await handle(box([1, 1, 9, 9], { frame: 0 }))).toMatchObject({
      ...{ ok: false, code: 'frame-gone' },
      message: expect.stringContaining('held are 2 to 3'),
    });
  });

  it('that the learner is too busy for is refused, and its frame released', async () => {
    await shoot(1);
    learnerFails = true;
    expect(await handle(box([1, 1, 9, 9]))).toEqual({
      ...{ ok: false, code: 'failed', message: 'the learner is busy' },
    });
    camera.recent.clear();
    expect(source.pool.inUse).toBe(0);
  });
});

describe('a command', () => {
  it('labels a live track at its box, and refuses one that is not live', async () => {
    await shoot(2);
    const [track] = camera.tracks;
    const label = (trackId: number): Promise<CommandResult> =>
      handle({ command: 'label', class: 'cone', target: { camera: 'yard', trackId } });
    expect(await label(track!.id)).toMatchObject({ ok: true, samples: 1 });
    expect([...memory.values()][0]?.trackId).toBe(track!.id);
    expect(await label(99)).toMatchObject({ ok: false, code: 'unknown-target' });
  });

  it('pauses and resumes one camera, or all', async () => {
    await shoot(1);
    expect(await handle({ command: 'pause', camera: 'yard' })).toEqual({ ok: true });
    expect(camera.state).toBe('paused');
    await handle({ command: 'resume' });
    expect(camera.state).toBe('running');
    expect(await handle({ command: 'pause', camera: 'attic' })).toEqual({
      ...{ ok: false, code: 'unknown-target' },
      message: 'there is no camera attic; there are yard',
    });
  });

  it('rolls back and replies to which version, or why not', async () => {
    expect(await handle({ command: 'rollback' })).toMatchObject({ ok: false, code: 'no-previous' });
    heads.accept(heads.number(draft(['cone'])));
    expect(await handle({ command: 'rollback', version: 9 })).toMatchObject({
      ...{ ok: false, code: 'unknown-version' },
    });
    expect(rolledBack).toEqual([]);
    expect(await handle({ command: 'rollback' })).toEqual({ ok: true, headVersion: 0 });
    expect(rolledBack).toEqual([undefined]);
  });

  it('undoes a label', async () => {
    await shoot(1);
    await handle(box([1, 1, 9, 9]));
    expect(await handle({ command: 'undo' })).toEqual({ ok: true, labelId: 'l2', samples: 1 });
    expect([...memory.values()][0]?.label).toBe(null);
    expect(await handle({ command: 'undo' })).toMatchObject({ code: 'nothing-to-undo' });
  });

  it('that cannot be saved changes nothing, and is answered so', async () => {
    await shoot(1);
    commit = () => Promise.reject(new StateError('unwritable', 'state', 'the disk is full'));
    expect(await handle(box([1, 1, 9, 9]))).toMatchObject({ ok: false, code: 'not-saved' });
    expect([memory.size, effects]).toEqual([0, []]);
  });

  it('counts as in flight until its reply', async () => {
    await shoot(1);
    const labelled = handle(box([1, 1, 9, 9]));
    expect(commandsInFlight.count).toBe(1);
    await labelled;
    expect(commandsInFlight.count).toBe(0);
    heads.accept(heads.number(draft(['cone'])));
    await handle({ command: 'rollback' });
    expect([commandsInFlight.count, modelInFlight.count]).toEqual([0, 0]);
  });

  it('emits its effect before the reply', async () => {
    await shoot(1);
    const order: string[] = [];
    await handle(box([1, 1, 9, 9])).then(() => order.push(`reply after ${effects.length} effects`));
    expect(order).toEqual(['reply after 1 effects']);
    expect(effects).toMatchObject([{ type: 'labelled', event: { labelId: 'l2' } }]);
  });

  it('that is still being carried out at the end is answered as failed, once', async () => {
    await shoot(1);
    const replies: CommandResult[] = [];
    const command = box([1, 1, 9, 9]);
    requests.next({
      command,
      by: 'person',
      principal: person,
      reply: (result) => replies.push(result),
    });
    subscription.unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
    expect(replies).toMatchObject([{ ok: false, code: 'failed' }]);
    expect(memory.size).toBe(0);
  });
});
