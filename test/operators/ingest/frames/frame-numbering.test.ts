import { describe, expect, it } from 'vitest';
import { captureTime, mediaTime } from '../../../../operators/ingest/frames/frame-numbering.ts';

describe('mediaTime', () => {
  it('derives timestamps from the index, without accumulating rounding errors', () => {
    const numbering = mediaTime(30);
    let last = numbering.next();
    expect(last).toEqual({ index: 0, timestampMs: 0, timeBasis: 'media' });
    for (let i = 0; i < 900; i++) last = numbering.next();
    expect(last).toEqual({ index: 900, timestampMs: 30_000, timeBasis: 'media' });
  });

  it('follows the presentation times of a stream, from 0', () => {
    const numbering = mediaTime(10);
    const times = [-400, 10, 15, 900].map((mediaMs) => numbering.next({ mediaMs }).timestampMs);
    expect(times).toEqual([0, 410, 415, 1300]);
  });

  it('continues one frame after the last where presentation times fall back', () => {
    const numbering = mediaTime(10);
    const times = [0, 50, 250, 0, 50, 250, 0].map(
      (mediaMs, i) => numbering.next({ mediaMs, isStart: i % 3 === 0 }).timestampMs,
    );
    expect(times).toEqual([0, 50, 250, 350, 400, 600, 700]);
  });

  it('keeps the times of the others where single pictures repeat one or are out of order', () => {
    const repeated = mediaTime(25);
    const given = [0, 40, 80, 80, 160, 200, 240, 240, 320];
    expect(given.map((mediaMs) => repeated.next({ mediaMs }).timestampMs)).toEqual([
      0, 40, 80, 81, 160, 200, 240, 241, 320,
    ]);
    const swapped = mediaTime(25);
    const times = [0, 120, 40, 80, 160].map((mediaMs) => swapped.next({ mediaMs }).timestampMs);
    expect(times).toEqual([0, 120, 121, 122, 160]);
  });

  it('goes on one frame after the last where a stream is joined from parts', () => {
    const numbering = mediaTime(10);
    const times = [0, 100, 5000, 0, 100].map((mediaMs) => numbering.next({ mediaMs }).timestampMs);
    expect(times).toEqual([0, 100, 5000, 5100, 5200]);
  });

  it('counts lost pictures without moving the time', () => {
    const numbering = mediaTime(10);
    numbering.next({ mediaMs: 0 });
    numbering.skip();
    expect(numbering.next({ mediaMs: 200 })).toMatchObject({ index: 2, timestampMs: 200 });
  });

  it('goes on at the nominal rate where single presentation times are missing', () => {
    const numbering = mediaTime(10);
    const times = [0, null, 200, null].map((mediaMs) => numbering.next({ mediaMs }).timestampMs);
    expect(times).toEqual([0, 100, 200, 300]);
  });
});

describe('captureTime', () => {
  it('begins at the wall clock and passes with the monotonic clock', () => {
    const times = [70, 110, 150];
    let nowMs = 0;
    const numbering = captureTime({ wallMs: () => 1000 + nowMs, nowMs: () => nowMs });
    const next = () => {
      nowMs = times.shift()!;
      return numbering.next();
    };
    expect([next(), next(), next()]).toEqual([
      { index: 0, timestampMs: 1070, timeBasis: 'arrival' },
      { index: 1, timestampMs: 1110, timeBasis: 'arrival' },
      { index: 2, timestampMs: 1150, timeBasis: 'arrival' },
    ]);
  });

  it.each([
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ])('passes at the same rate when the wall clock is set %s by an hour', (_, jumpMs) => {
    let nowMs = 0;
    let offsetMs = 5000;
    const numbering = captureTime({ wallMs: () => nowMs + offsetMs, nowMs: () => nowMs });
    const times = Array.from({ length: 100 }, (_, i) => {
      nowMs += 40;
      if (i === 50) offsetMs += jumpMs;
      return numbering.next().timestampMs;
    });
    expect(times.at(-1)! - times[0]!).toBe(99 * 40);
  });

  it('takes the time of capture from a camera that tells a plausible one', () => {
    const numbering = captureTime({ wallMs: () => 5_000_000, nowMs: () => 0 });
    const given = [4_999_000, 4_999_040, 4_999_020, 0, 9_999_999_999, 4_999_080];
    expect(given.map((captureMs) => numbering.next({ captureMs }).timeBasis)).toEqual([
      'capture',
      'capture',
      'arrival',
      'arrival',
      'arrival',
      'arrival',
    ]);
  });

  it('lets the time of capture catch up where a camera tells it after frames have arrived', () => {
    let nowMs = 0;
    const numbering = captureTime({ wallMs: () => 1_000_000 + nowMs, nowMs: () => nowMs });
    // 25 pictures per second arrive 300 ms late; the camera tells its time from the fourth on.
    const frames = Array.from({ length: 40 }, (_, i) => {
      nowMs += 40;
      return numbering.next({ captureMs: i < 3 ? null : 1_000_000 + nowMs - 300 });
    });
    const bases = frames.map(({ timeBasis }) => timeBasis);
    expect(bases.indexOf('capture')).toBe(12);
    expect(new Set(bases.slice(12))).toEqual(new Set(['capture']));
    const steps = frames.slice(1).map(({ timestampMs }, i) => timestampMs - frames[i]!.timestampMs);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(frames.at(-1)!.timestampMs).toBe(1_000_000 + nowMs - 300);
  });

  it('stays at the time of arrival where that of capture is too far behind to catch up', () => {
    let nowMs = 0;
    const numbering = captureTime({ wallMs: () => 1_000_000 + nowMs, nowMs: () => nowMs });
    numbering.next();
    const next = Array.from({ length: 3 }, () => {
      nowMs += 40;
      return numbering.next({ captureMs: 1_000_000 + nowMs - 60_000 });
    });
    expect(next.map(({ timestampMs }) => timestampMs)).toEqual([1_000_040, 1_000_080, 1_000_120]);
    expect(next.map(({ timeBasis }) => timeBasis)).toEqual(['arrival', 'arrival', 'arrival']);
  });

  it('does not stand still where a clock that was ahead is set right', () => {
    let nowMs = 0;
    const numbering = captureTime({ wallMs: () => 1_000_000 + nowMs, nowMs: () => nowMs });
    const next = (captureMs?: number) => {
      nowMs += 100;
      return numbering.next(captureMs === undefined ? {} : { captureMs }).timestampMs;
    };
    for (let i = 0; i < 5; i++) next(1_000_000 + nowMs + 600_000);
    const times = Array.from({ length: 10 }, () => next());
    const steps = times.slice(2).map((time, i) => time - times[i + 1]!);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(25);
  });

  it('keeps the time of capture past a picture that was lost', () => {
    let nowMs = 0;
    const numbering = captureTime({ wallMs: () => 1_000_000 + nowMs, nowMs: () => nowMs });
    const bases = Array.from({ length: 6 }, (_, i) => {
      nowMs += 100;
      if (i !== 3) return numbering.next({ captureMs: 999_000 + nowMs }).timeBasis;
      numbering.skip();
      return 'lost';
    });
    expect(bases).toEqual(['capture', 'capture', 'capture', 'lost', 'capture', 'capture']);
  });

  it('always increases, also within a millisecond', () => {
    const numbering = captureTime({ wallMs: () => 1000, nowMs: () => 7 });
    expect(Array.from({ length: 3 }, () => numbering.next().timestampMs)).toEqual([
      1000, 1001, 1002,
    ]);
  });
});
