import { describe, expect, it } from 'vitest';
import type { DiscoveredFrame } from '../../../operators/discover/unknown.ts';
import { Camera, type CameraParts } from '../../../pipeline/application/camera.ts';
import { lockstepPacing } from '../../../pipeline/application/pacing.ts';
import { parseConfig, type CameraConfig } from '../../../pipeline/configuration/config.ts';
import { headOf } from '../../operators/track/scene.ts';
import { cameraParts, ScriptedDetector, ScriptedSource, settle } from './scripted-camera.ts';

const config = parseConfig({});
interface Watched {
  readonly camera: Camera;
  readonly source: ScriptedSource;
  readonly detector: ScriptedDetector;
  readonly seen: number[];
  readonly states: string[];
  outcome: 'complete' | Error | null;
  unsubscribe: () => void;
  /** The meter’s counts, after a check that every lost frame has a reason. */
  counts: () => { captured: number; detected: number; dropped: Record<string, number> };
}

function watch(
  fields: Partial<CameraConfig> = {},
  parts: Partial<CameraParts> = {},
  take: (seen: DiscoveredFrame) => void = ({ frame }) => frame.release(),
): Watched {
  const source = new ScriptedSource();
  const detector = new ScriptedDetector();
  const states: string[] = [];
  const camera = new Camera(
    cameraParts({ source, detector, config: { ...config.cameras['world']!, ...fields }, ...parts }),
  );
  camera.events$.subscribe((event) => {
    if (event.type === 'state') states.push(event.state);
  });
  const watched: Watched = {
    ...{ camera, source, detector, states, seen: [], outcome: null },
    unsubscribe: () => subscription.unsubscribe(),
    counts: () => {
      const { captured, detected, dropped, inFlight } = camera.meter.report(0);
      const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
      expect(captured).toBe(detected + lost + inFlight);
      return { captured, detected, dropped: { ...dropped } };
    },
  };
  const subscription = camera.frames().subscribe({
    next: (seen) => {
      watched.seen.push(seen.frame.index);
      take(seen);
    },
    error: (error: unknown) => (watched.outcome = error as Error),
    complete: () => (watched.outcome = 'complete'),
  });
  return watched;
}

describe('a live camera', () => {
  it.each([
    { looksPerFrame: 0, name: 'cone' },
    { looksPerFrame: 2, name: undefined },
  ])(
    'recognises tracks by their peaks where no crops are embedded: $looksPerFrame per frame',
    async (each) => {
      const names: (string | undefined)[] = [];
      const { source, detector } = watch(
        {},
        {
          track: { ...config.track, looksPerFrame: each.looksPerFrame },
          learner: { cropSize: 160, embedCrops: () => new Promise(() => undefined) },
          headOf: () => headOf('cone', 1),
        },
        ({ frame, tracks }) => {
          names.push(tracks.find(({ recognition: name }) => name !== null)?.recognition?.class);
          frame.release();
        },
      );
      // The second one's latent is filled with ones.
      const peaks = [0, 16].map((x) => ({ box: [x, 4, x + 12, 24] as const, objectness: 0.8 }));
      for (let i = 0; i < 4; i++) {
        source.shoot(1);
        await detector.answer(peaks, 1);
      }
      expect(names.at(-1)).toBe(each.name);
    },
  );

  it('drops frames that the detector has no time for, and counts them by reason', async () => {
    const { source, detector, seen, counts } = watch({ poolFrames: 4 });
    source.shoot(9);
    // One frame is in the detector and the newest waits there.
    expect(counts()).toEqual({ captured: 9, detected: 0, dropped: { stale: 7 } });
    for (let i = 0; i < 2; i++) await detector.answer();
    expect(seen).toEqual([0, 8]);
    expect(counts()).toEqual({ captured: 9, detected: 2, dropped: { stale: 7 } });
  });

  it('counts drops for a full pool and for a failure of the engine', async () => {
    const kept: DiscoveredFrame[] = [];
    const { source, detector, counts } = watch({ poolFrames: 3 }, {}, (seen) => kept.push(seen));
    for (let i = 0; i < 5; i++) {
      source.shoot();
      await detector.answer();
    }
    source.shoot(2);
    expect(counts()).toEqual({ captured: 7, detected: 5, dropped: { 'pool-full': 2 } });
    for (const { frame } of kept) frame.release();
    source.shoot();
    await detector.fail('failed');
    expect(counts().dropped).toEqual({ 'pool-full': 2, corrupt: 1 });
  });

  it('leaves out frames without motion where it is to, counted as such', async () => {
    const seeing = { ...config.detect, motion: 'on', minFps: 2 } as const;
    const { source, detector, seen, counts } = watch({}, { seeing });
    // 100 ms apart and of one colour.
    for (let i = 0; i < 12; i++) {
      source.shoot();
      await detector.answer();
    }
    // The first second counts as motion: the first picture is new.
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (let i = 0; i < 12; i++) {
      source.shoot();
      await detector.answer();
    }
    expect(seen.slice(11)).toEqual([15, 20]);
    expect(counts()).toEqual({ captured: 24, detected: 13, dropped: { still: 11 } });
  });

  it('drops every second frame while it gives way to learning, counted as such', async () => {
    let learning = true;
    const { source, detector, seen, counts } = watch({}, { givesWay: () => learning });
    for (let i = 0; i < 4; i++) {
      source.shoot();
      await detector.answer();
    }
    expect(counts()).toEqual({ captured: 4, detected: 2, dropped: { learning: 2 } });
    learning = false;
    for (let i = 0; i < 2; i++) {
      source.shoot();
      await detector.answer();
    }
    expect(seen).toEqual([1, 3, 4, 5]);
  });

  it('drops its frames while paused, counted as such, and continues when resumed', async () => {
    const { camera, source, detector, seen, states, counts } = watch();
    source.shoot();
    await detector.answer();
    camera.pause();
    source.shoot(3);
    expect(detector.asked).toBe(0);
    expect(counts()).toEqual({ captured: 4, detected: 1, dropped: { paused: 3 } });
    camera.resume();
    source.shoot();
    await detector.answer();
    expect(seen).toEqual([0, 4]);
    expect(states).toEqual(['running', 'paused', 'running']);
  });

  it('stays paused when it is lost and reconnects meanwhile', () => {
    const { camera, source, states } = watch();
    source.shoot();
    camera.pause();
    source.context.onEvent({ type: 'lost', reason: 'cut', retryInMs: 500, attempt: 1 });
    const opened = { type: 'opened', detail: 'again', width: 64, height: 48, fps: null } as const;
    source.context.onEvent(opened);
    source.shoot();
    expect(states).toEqual(['running', 'paused', 'lost', 'paused']);
    camera.resume();
    expect(states.at(-1)).toBe('running');
  });

  it('retains the newest frames for labels, and releases them at the end', async () => {
    const { camera, source, detector } = watch();
    for (let i = 0; i < 3; i++) {
      source.shoot();
      await detector.answer();
    }
    expect(camera.recent.range).toEqual([1, 2]);
    expect(source.pool.inUse).toBe(2);
    source.end();
    expect(source.pool.inUse).toBe(0);
  });
});

describe('a camera that waits for the detector', () => {
  const demand = { pace: 'demand' } as const;

  it('waits with its frames while paused and drops none', async () => {
    const { camera, source, detector, seen, counts } = watch(demand);
    camera.pause();
    source.shoot(3);
    await settle();
    expect(detector.asked).toBe(0);
    camera.resume();
    await settle();
    for (let i = 0; i < 3; i++) await detector.answer();
    expect(seen).toEqual([0, 1, 2]);
    expect(counts()).toEqual({ captured: 3, detected: 3, dropped: {} });
  });

  it('stops while paused: the frames in it are still detected, then it completes', async () => {
    const watched = watch(demand);
    const { camera, source, detector } = watched;
    camera.pause();
    source.shoot(2);
    camera.stop();
    await settle();
    await detector.answer();
    await detector.answer();
    expect(watched.outcome).toBe('complete');
    expect(watched.counts()).toEqual({ captured: 2, detected: 2, dropped: {} });
    expect(source.pool.inUse).toBe(0);
  });

  it('ends after the given number of frames', async () => {
    const watched = watch(demand, { framesMax: 3 });
    const { source, detector } = watched;
    source.shoot(4);
    expect(source.closed).toBe(1);
    for (let i = 0; i < 3; i++) await detector.answer();
    expect(watched.outcome).toBe('complete');
    expect(watched.states).toEqual(['running', 'ended']);
    expect(watched.counts()).toEqual({ captured: 3, detected: 3, dropped: {} });
    expect(source.pool.inUse).toBe(0);
  });

  it('has one frame at a time in the detector in lockstep', () => {
    const { source, detector } = watch(demand, { pacing: lockstepPacing(), recentFrames: 0 });
    source.shoot();
    expect(source.pool.slots).toBe(1);
    expect(detector.asked).toBe(1);
  });
});

describe('the end of a camera', () => {
  it('does not open its source where it was stopped before', async () => {
    const { camera, source } = watch();
    camera.stop();
    const outcome = new Promise((resolve) => {
      camera.frames().subscribe({ complete: () => resolve('complete') });
    });
    expect(await outcome).toBe('complete');
    // Only the first subscriber opened it.
    expect(source.opened).toBe(1);
  });

  it('releases every frame when it is stopped in the middle', async () => {
    const watched = watch();
    const { camera, source, detector } = watched;
    source.shoot(4);
    camera.stop();
    expect(source.closed).toBe(1);
    while (detector.asked > 0) await detector.answer();
    expect(watched.outcome).toBe('complete');
    expect(source.pool.inUse).toBe(0);
    expect(watched.counts().dropped).toEqual({ stale: 2 });
  });

  it('releases and counts every frame when it is unsubscribed', () => {
    const { source, unsubscribe, counts } = watch();
    source.shoot(3);
    unsubscribe();
    expect(source.closed).toBe(1);
    expect(source.pool.inUse).toBe(0);
    expect(counts()).toEqual({ captured: 3, detected: 0, dropped: { stale: 1, shutdown: 2 } });
  });

  it('errors with its source or a dead detector, with every frame released', async () => {
    const lost = watch();
    lost.source.shoot(2);
    lost.source.end(new Error('unplugged'));
    expect(lost.outcome).toEqual(new Error('unplugged'));
    expect(lost.states).toEqual(['running', 'failed']);
    expect(lost.source.pool.inUse).toBe(0);

    const dead = watch();
    dead.source.shoot(3);
    await dead.detector.fail('died');
    expect(dead.outcome).toMatchObject({ code: 'died' });
    expect(dead.source.closed).toBe(1);
    expect(dead.source.pool.inUse).toBe(0);
    expect(dead.counts().dropped).toEqual({ stale: 1, shutdown: 2 });
  });
});
