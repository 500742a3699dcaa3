import { beforeEach, describe, expect, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import { Discoverer } from '../../../operators/discover/discoverer.ts';
import type { Scene } from '../../../operators/learn/examples/scene.ts';
import { createMemory } from '../../../operators/remember/create-memory.ts';
import { HeadHistory } from '../../../operators/swap/head-history.ts';
import { Camera } from '../../../pipeline/application/camera.ts';
import { CommandHandling } from '../../../pipeline/application/command-handling.ts';
import { parseConfig } from '../../../pipeline/configuration/config.ts';
import { HeldOut } from '../../../operators/label/held-out-split.ts';
import { SampleMaker } from '../../../pipeline/application/sampling/sample-maker.ts';
import type { Command, CommandResult } from '../../../sinks/events.ts';
import { makeExample } from '../../operators/learn/make-example.ts';
import { seeded } from '../../operators/remember/make-sample.ts';
import { draft } from '../../operators/swap/sample-head.ts';
import { ScriptedDetector, ScriptedSource } from './scripted-camera.ts';

const config = parseConfig({});
let memory: ReturnType<typeof createMemory>;
let line: HeadHistory;
let source: ScriptedSource;
let detector: ScriptedDetector;
let camera: Camera;
let scenes: Scene[];
let rolledBack: (number | undefined)[];
let learnerFails: boolean;
let handling: CommandHandling;

const handle = (command: Command): Promise<CommandResult> => handling.handle(command, 'person');

beforeEach(() => {
  memory = createMemory('reservoir', 2 ** 20, seeded(1));
  line = new HeadHistory(emptyHead());
  source = new ScriptedSource();
  detector = new ScriptedDetector();
  scenes = [];
  rolledBack = [];
  learnerFails = false;
  camera = new Camera({
    name: 'yard',
    config: config.cameras['world']!,
    source,
    viewSize: 32,
    seeing: config.detect,
    track: { ...config.track, minHits: 1 },
    detector,
    learner: { embedCrops: () => Promise.reject(new Error('not now')) },
    discoverer: new Discoverer(config.discover),
    headOf: () => emptyHead(),
    lockstep: false,
    recentFrames: 2,
    onState: () => undefined,
    onCaptured: () => undefined,
    onFrameDetected: () => undefined,
    onLookFailed: () => undefined,
  });
  camera.frames().subscribe(({ frame }) => frame.release());
  const learner = {
    examine: async (scene: Scene) => {
      if (learnerFails) throw new Error('the learner is busy');
      scenes.push(scene);
      const examples = [makeExample(scene.id, null, { crops: 1 })];
      const background = new Float32Array(0);
      return { examples, negatives: [], negativePeaks: [], background, backgroundWeight: 4 };
    },
  };
  handling = new CommandHandling({
    cameras: new Map([['yard', camera]]),
    maker: new SampleMaker({ learner, thumbnailPixels: 0, firstNumber: 40 }),
    learning: {
      rollback: async (version) => {
        rolledBack.push(version);
        line.rollback(version);
      },
    },
    line,
    memory,
    heldOut: new HeldOut(0),
    resolveCluster: (id) => id,
    nowMs: () => 0,
    onChanged: () => undefined,
    onClusterLabelled: () => undefined,
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
  it('becomes a sample of the newest frame, or of the frame that is meant', async () => {
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

  it('is cut at the picture’s edge, and refused where nothing is left', async () => {
    await shoot(1);
    await handle(box([-10, 20, 300, 400]));
    expect(scenes[0]?.boxes).toEqual([{ box: [0, 20, 64, 48], label: null }]);
    expect(await handle(box([70, 10, 90, 30]))).toEqual({
      ...{ ok: false, code: 'unknown-target' },
      message: 'the box has no area inside the 64 × 48 picture',
    });
  });

  it('in a frame that is gone, or before the first, is refused with what is held', async () => {
    expect(await handle(box([1, 1, 9, 9]))).toMatchObject({ ok: false, code: 'frame-gone' });
    await shoot(4);
    expect(await handle(box([1, 1, 9, 9], { frame: 0 }))).toMatchObject({
      ...{ ok: false, code: 'frame-gone' },
      message: expect.stringContaining('held are 2 to 3'),
    });
  });

  it('that the learner has no time for is refused, and the frame given back', async () => {
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
  it('names a track in sight by its place, and refuses one that is not', async () => {
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

  it('rolls back and says to what, or why not', async () => {
    expect(await handle({ command: 'rollback' })).toMatchObject({ ok: false, code: 'no-previous' });
    line.accept(line.number(draft(['cone'])));
    expect(await handle({ command: 'rollback', version: 9 })).toMatchObject({
      ...{ ok: false, code: 'unknown-version' },
    });
    expect(rolledBack).toEqual([]);
    expect(await handle({ command: 'rollback' })).toEqual({ ok: true, headVersion: 0 });
    expect(rolledBack).toEqual([undefined]);
  });

  it('takes a label back through the same desk', async () => {
    await shoot(1);
    await handle(box([1, 1, 9, 9]));
    expect(await handle({ command: 'undo' })).toEqual({ ok: true, labelId: 'l1', samples: 1 });
    expect([...memory.values()][0]?.label).toBe(null);
    expect(await handle({ command: 'undo' })).toMatchObject({ code: 'nothing-to-undo' });
  });
});
