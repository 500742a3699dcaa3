import { describe, expect, it } from 'vitest';
import { FrameMeter } from '../../../operators/measure/frame-meter.ts';

const detected = (latencyMs: number) =>
  ({ type: 'detected', latencyMs, detectMs: latencyMs / 2 }) as const;

describe('FrameMeter', () => {
  it('reports counts, rates and latencies', () => {
    const meter = new FrameMeter({ windowMs: 1000 });
    for (let t = 0; t <= 1000; t += 100) {
      meter.update({ type: 'captured' }, t);
      if (t % 200 === 0) meter.update(detected(20), t);
      else meter.update({ type: 'dropped', reason: 'stale' }, t);
    }
    const report = meter.report(1000);
    expect(report).toMatchObject({
      captured: 11,
      detected: 6,
      dropped: { stale: 5 },
      inFlight: 0,
      captureFps: 11,
      detectFps: 6,
    });
    expect(report.latencyMs.p50).toBeCloseTo(20, 0);
    expect(report.detectMs.p99).toBeCloseTo(10, 0);
  });

  it('counts tiles by what became of them, and what they showed', () => {
    const meter = new FrameMeter();
    expect(meter.report(0).tiles).toBeNull();
    meter.update({ type: 'tile', result: 'looked', found: 2 }, 0);
    meter.update({ type: 'tile', result: 'looked', found: 1 }, 0);
    meter.update({ type: 'tile', result: 'withdrawn', found: 0 }, 0);
    expect(meter.report(1).tiles).toEqual({ looked: 2, withdrawn: 1, failed: 0, found: 3 });
  });

  it('counts durations by length since the start', () => {
    const meter = new FrameMeter({ windowReports: 1 });
    meter.update({ type: 'captured', count: 3 }, 0);
    for (const ms of [10, 11, 20_000]) meter.update(detected(ms), 0);
    meter.report(1);
    const { latency, detect } = meter.report(2).durations;
    expect(latency).toEqual({ upTo: [0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3], sumMs: 20_021 });
    expect(detect).toEqual({ upTo: [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3], sumMs: 10_010.5 });
  });

  it('drops a slow frame after its window of reports, but not from the overall quantiles', () => {
    const meter = new FrameMeter({ windowReports: 2 });
    meter.update({ type: 'captured', count: 4 }, 0);
    meter.update(detected(900), 0);
    expect(meter.report(1).latencyMs.p99).toBeGreaterThan(800);
    meter.update(detected(10), 2);
    expect(meter.report(3).latencyMs.p99).toBeGreaterThan(800);
    meter.update(detected(10), 4);
    const last = meter.report(5);
    expect(last.latencyMs.p99).toBeLessThan(11);
    expect(last.overall.latencyMs.p99).toBeGreaterThan(800);
  });

  it('throws for a window without reports', () => {
    expect(() => new FrameMeter({ windowReports: 0 })).toThrow(RangeError);
  });
});
