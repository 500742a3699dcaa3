import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CameraEvent } from '../../../../pipeline/application/camera-event.ts';
import { CameraHealth } from '../../../../pipeline/application/supervision/camera-health.ts';
import { HealthRegistry } from '../../../../pipeline/application/supervision/health-registry.ts';
import { workerHealth } from '../../../../pipeline/application/supervision/worker-health.ts';
import type { HealthPart } from '../../../../sinks/health.ts';

const part = (kind: HealthPart['kind'], ok: boolean): HealthPart => ({
  kind,
  name: `the ${kind}`,
  ok,
  detail: '',
});

function reportOf(...parts: HealthPart[]) {
  const registry = new HealthRegistry();
  registry.add(() => parts);
  return registry.report();
}

describe('a health report', () => {
  it('is live and ready where all parts are fine', () => {
    const parts = [part('camera', true), part('worker', true), part('store', true)];
    expect(reportOf(...parts)).toEqual({ live: true, ready: true, parts });
  });

  it('is not ready where a worker or the store does not work', () => {
    for (const kind of ['worker', 'store'] as const) {
      expect(reportOf(part('camera', true), part(kind, false))).toMatchObject({
        live: true,
        ready: false,
      });
    }
  });

  it('is ready where one of the cameras delivers, and not where none does', () => {
    expect(reportOf(part('camera', false), part('camera', true)).ready).toBe(true);
    expect(reportOf(part('camera', false), part('camera', false)).ready).toBe(false);
  });

  it('is ready where a sink is away, which it tells', () => {
    const report = reportOf(part('camera', true), part('sink', false));
    expect(report).toMatchObject({ ready: true, parts: [{}, { kind: 'sink', ok: false }] });
  });

  it('is not live once the program is about to end', () => {
    const registry = new HealthRegistry();
    registry.add(() => [part('camera', true)]);
    registry.end('the learn worker failed 5 times');
    expect(registry.report()).toMatchObject({ live: false, ready: false });
    expect(registry.endsBecause).toBe('the learn worker failed 5 times');
  });
});

describe('the health of a camera', () => {
  function camera() {
    const events = new Subject<CameraEvent>();
    const clock = { ms: 0 };
    const health = new CameraHealth({
      name: 'yard',
      events$: events,
      limits: { openMs: 5000, stallMs: 5000, fps: null },
      nowMs: () => clock.ms,
    });
    const enter = (state: 'running' | 'lost' | 'paused' | 'ended' | 'failed', detail = ''): void =>
      events.next({ type: 'state', camera: 'yard', state, detail });
    const answer = () => events.next({ type: 'unchanged' });
    return { health, clock, enter, answer, capture: () => events.next({ type: 'captured' }) };
  }

  it('tells the frame rate of one that delivers', () => {
    const { health, clock, enter, capture } = camera();
    enter('running');
    for (let i = 0; i <= 40; i++) {
      clock.ms = i * 100;
      capture();
    }
    expect(health.part).toEqual({
      kind: 'camera',
      name: 'yard',
      ok: true,
      detail: 'running, 10.3 fps',
    });
  });

  it('finds one stale that claims to run and delivers nothing', () => {
    const { health, clock, enter, capture } = camera();
    enter('running');
    clock.ms = 4000;
    expect(health.part.ok).toBe(true);
    clock.ms = 12_000;
    expect(health.part).toMatchObject({ ok: false, detail: 'stale: no frame for 12 s' });
    capture();
    expect(health.part.ok).toBe(true);
    clock.ms = 20_000;
    expect(health.part).toMatchObject({ ok: false, detail: 'stale: no frame for 8 s' });
  });

  it('does not find one stale that answers with the picture before', () => {
    const { health, clock, enter, answer, capture } = camera();
    enter('running');
    capture();
    for (let i = 1; i <= 20; i++) {
      clock.ms = i * 5000;
      answer();
    }
    expect(health.part.ok).toBe(true);
  });

  it('does not find one stale that sends a picture every ten seconds', () => {
    const { health, clock, enter, capture } = camera();
    enter('running');
    for (let i = 0; i <= 5; i++) {
      clock.ms = i * 10_000;
      capture();
    }
    clock.ms += 29_000;
    expect(health.part.ok).toBe(true);
    clock.ms += 2_000;
    expect(health.part).toMatchObject({ ok: false, detail: 'stale: no frame for 31 s' });
  });

  it('tells how long one is lost, and why', () => {
    const { health, clock, enter } = camera();
    enter('lost', 'no route to host');
    clock.ms = 12_000;
    expect(health.part).toMatchObject({ ok: false, detail: 'lost for 12 s: no route to host' });
  });

  it('takes one that is paused, or has delivered all it had, for well', () => {
    const { health, enter } = camera();
    expect(health.part).toMatchObject({ ok: false, detail: 'starting for 0 s' });
    enter('paused');
    expect(health.part).toMatchObject({ ok: true, detail: 'paused for 0 s' });
    enter('ended');
    expect(health.part).toMatchObject({ ok: true, detail: 'ended for 0 s' });
  });
});

describe('the health of a worker', () => {
  it('is that of its supervisor', () => {
    const detail = 'restarting, restarted 1 time, last 3 s ago';
    expect(workerHealth('learn', { state: 'restarting', detail })).toEqual({
      kind: 'worker',
      name: 'learn',
      ok: false,
      detail,
    });
    expect(workerHealth('learn', { state: 'running', detail: 'running' }).ok).toBe(true);
  });
});
