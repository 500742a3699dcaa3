import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../operators/foundation/time/clock.ts';
import type { CameraEvent } from '../../../pipeline/application/camera-event.ts';
import { Camera } from '../../../pipeline/application/camera.ts';
import { configDefaults as config } from '../../../pipeline/configuration/config.ts';
import { cameraParts, ScriptedDetector, ScriptedSource, settle } from './scripted-camera.ts';

function watch(pace: 'live' | 'demand', nowMs = systemClock.nowMs) {
  const source = new ScriptedSource();
  const detector = new ScriptedDetector();
  const camera = new Camera(
    cameraParts({
      config: { ...config.cameras['world']!, pace },
      source,
      detector,
      pacing: { inStep: false, clock: { ...systemClock, nowMs } },
    }),
  );
  const seen: CameraEvent[] = [];
  camera.events$.subscribe((event) => seen.push(event));
  camera.frames().subscribe(({ frame }) => frame.release());
  return { camera, source, detector, seen };
}

describe('a camera that', () => {
  it('stays lost is reported once, and again after an hour', () => {
    let nowMs = 0;
    const { source, seen } = watch('live', () => nowMs);
    for (let attempt = 1; attempt <= 1000; attempt++) {
      nowMs += 10_000;
      source.context.onEvent({ type: 'lost', reason: 'refused', retryInMs: 10_000, attempt });
    }
    expect(seen.map((event) => event.type === 'state' && event.detail)).toEqual([
      'refused; attempt 1 in 10.0 s',
      'refused; attempt 361 in 10.0 s',
      'refused; attempt 721 in 10.0 s',
    ]);
  });

  it.each([
    [1, ['set track.minHits to 1']],
    [2, ['set track.minHits to 2']],
    [3, []],
  ])('ends after %i frames says what names objects in so few', async (count, advice) => {
    const { source, detector, seen } = watch('demand');
    source.shoot(count);
    for (let i = 0; i < count; i++) await detector.answer();
    source.end();
    await settle();
    const texts = seen.flatMap((event) => (event.type === 'advice' ? [event.text] : []));
    expect(texts.map((text) => /set track.minHits to \d/.exec(text)?.[0])).toEqual(advice);
  });

  it('is stopped early gives no such advice', async () => {
    const { camera, source, detector, seen } = watch('demand');
    source.shoot(1);
    await detector.answer();
    camera.stop();
    await settle();
    expect(seen.filter(({ type }) => type === 'advice')).toEqual([]);
  });
});
