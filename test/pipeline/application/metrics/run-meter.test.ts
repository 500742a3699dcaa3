import { beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { emptyHead } from '../../../../operators/detect/heads/score.ts';
import { Questions } from '../../../../operators/discover/questions.ts';
import type { DiscoveredFrame } from '../../../../operators/discover/unknown.ts';
import { createMemory } from '../../../../operators/remember/create-memory.ts';
import { HeadHistory } from '../../../../operators/swap/head-history.ts';
import { headHash } from '../../../../operators/swap/store/head-hash.ts';
import { Camera } from '../../../../pipeline/application/camera.ts';
import { RunMeter } from '../../../../pipeline/application/metrics/run-meter.ts';
import { makeSample, classLabel } from '../../../operators/remember/make-sample.ts';
import { draft } from '../../../operators/swap/sample-head.ts';
import { cameraParts, createPool, ScriptedDetector, takeFrame } from '../scripted-camera.ts';

let memory: ReturnType<typeof createMemory>;
let line: HeadHistory;
let cameras: Map<string, Camera>;
let questions: Questions;
let meter: RunMeter;

function camera(name: string): Camera {
  return new Camera(cameraParts({ name, recentFrames: 0 }));
}

beforeEach(() => {
  memory = createMemory('reservoir', 2 ** 20, seededRandom(1));
  line = new HeadHistory(emptyHead());
  cameras = new Map([
    ['gate', camera('gate')],
    ['yard', camera('yard')],
  ]);
  const verdict = { class: 'cone', before: 0.5, after: 0.75, samples: 4 };
  const learning = { swaps: 2, refused: 1, verdicts: [verdict], labelToLiveMs: [800, 900] };
  const detector = new ScriptedDetector();
  questions = new Questions();
  meter = new RunMeter({
    memory,
    clusters: { questions },
    heads: line,
    modelMeter: learning,
    size: { viewSize: 32 },
    cameras,
    detector,
    strategy: 'ridge',
  });
});

const cone = { class: 'cone', score: 1, by: 'learned' } as const;
const seen = (
  name: string,
  ids: readonly number[],
  more: object = {},
  ended: readonly number[] = [],
): DiscoveredFrame => {
  const frame = { ...takeFrame(createPool()), camera: name };
  const tracks = ids.map((id) => ({ id, recognition: cone, missed: 0, confirmed: true, ...more }));
  return { frame, tracks, ended } as unknown as DiscoveredFrame;
};

describe('the meter of a run', () => {
  it('adds up cameras, and reports the latency of the slowest', () => {
    const [gate, yard] = [...cameras.values()].map((one) => one.meter);
    gate!.update({ type: 'captured', count: 3 }, 0);
    gate!.update({ type: 'dropped', reason: 'stale', count: 1 }, 0);
    gate!.update({ type: 'detected', latencyMs: 10, detectMs: 5 }, 0);
    gate!.update({ type: 'detected', latencyMs: 10, detectMs: 5 }, 0);
    yard!.update({ type: 'captured', count: 2 }, 0);
    yard!.update({ type: 'dropped', reason: 'stale' }, 0);
    yard!.update({ type: 'detected', latencyMs: 100, detectMs: 4 }, 0);
    const report = meter.report(17);
    expect(report).toMatchObject({
      captured: 5,
      detected: 3,
      dropped: { stale: 2 },
      engineFps: 17,
    });
    expect(report.latencyMs.p99).toBeGreaterThan(90);
    expect(report.detectMs.p50).toBeLessThan(6);
    expect(report.detectMs.p50).toBeGreaterThan(4.5);
  });

  it('times a run from its first frame to its last, and is 0 for one without', async () => {
    expect(meter.report(null)).toMatchObject({ durationMs: 0, fps: 0, engineFps: null });
    meter.started();
    await new Promise((resolve) => setTimeout(resolve, 30));
    meter.started();
    meter.count(seen('gate', []), false);
    cameras.get('gate')!.meter.update({ type: 'captured' }, 0);
    cameras.get('gate')!.meter.update({ type: 'detected', latencyMs: 1, detectMs: 1 }, 0);
    const { durationMs, fps } = meter.report(null);
    expect(durationMs).toBeGreaterThan(25);
    expect(fps).toBeCloseTo(1000 / durationMs, 6);
  });

  it('distinguishes tracks of different cameras, and counts each once', () => {
    meter.count(seen('gate', [1, 2]), false);
    meter.count(seen('gate', [1]), false);
    meter.count(seen('yard', [1]), false);
    meter.count(seen('yard', [7], { missed: 1 }), false);
    meter.count(seen('yard', [8], { confirmed: false }), false);
    meter.count(seen('yard', [9], { recognition: null }), false);
    expect(meter.report(null).tracks).toEqual({ cone: 3 });
    memory.insert(makeSample('s', { label: classLabel('cone') }));
    expect(meter.message().perClass).toEqual([
      { class: 'cone', labelled: 1, heldOutRecall: 0.75, detections: 4 },
    ]);
  });

  it('counts every track of a long run, and keeps only live ones', () => {
    for (let id = 1; id <= 1000; id++) meter.count(seen('gate', [id], {}, [id - 3]), false);
    expect(meter.report(null).tracks).toEqual({ cone: 1000 });
    expect(meter.tracksHeld).toBe(3);
  });

  it('reports the content of the memory, and its peak', () => {
    memory.insert(makeSample('a'));
    memory.insert(makeSample('b', { label: classLabel('cone') }));
    meter.remembered(3);
    const peak = memory.bytes;
    memory.remove('a');
    expect(meter.message().memory).toEqual({
      ...{ bytes: memory.bytes, bytesMax: 2 ** 20, samples: 1, unlabelled: 0, evicted: 3 },
    });
    expect(meter.report(null)).toMatchObject({
      ...{ memoryBytes: memory.bytes, memoryBytesMax: 2 ** 20, memoryBytesPeak: peak },
    });
  });

  it('counts questions that were opened, and those of them that were withdrawn', () => {
    const object = { camera: 'gate', sinceMs: 0 };
    for (const trackId of [1, 2, 3]) questions.note({ ...object, trackId, asked: true });
    questions.note({ ...object, trackId: 2, asked: false });
    expect(meter.message().questions).toEqual({ asked: 3, withdrawn: 1 });
  });

  it('reports the head, and lists learned and labelled classes', () => {
    line.accept(line.number(draft(['bollard'])));
    memory.insert(makeSample('b', { label: classLabel('cone') }));
    expect(meter.message()).toMatchObject({
      model: {
        ...{ headVersion: 1, classes: ['bollard'], strategy: 'ridge', swaps: 2, refused: 1 },
        engine: 'engine scripted',
        detector: 'centernet',
        encoder: 'backbone',
        view: [32, 32],
      },
      perClass: [{ class: 'cone' }, { class: 'bollard', labelled: 0, heldOutRecall: null }],
      cameras: [{ camera: 'gate', state: 'starting', tracks: 0 }, { camera: 'yard' }],
    });
    expect(meter.report(null)).toMatchObject({
      ...{ headVersion: 1, headHash: headHash(line.active), learnedClasses: ['bollard'] },
      ...{ swaps: 2, refused: 1, labelToLiveMs: [800, 900] },
    });
  });

  it('keeps copies of at most a hundred views for the comparison, and none without one', () => {
    const frame = seen('gate', []);
    meter.count(frame, false);
    expect(meter.views).toHaveLength(0);
    for (let i = 0; i < 120; i++) meter.count(frame, true);
    expect(meter.views).toHaveLength(100);
    expect(meter.views[0]?.view.buffer).not.toBe(frame.frame.view.buffer);
    expect(meter.views[0]?.viewSize).toBe(frame.frame.viewSize);
  });
});
