import { describe, expect, it } from 'vitest';
import {
  SizeWatch,
  sizeWatchLimits,
  type SizeAdvice,
} from '../../../../pipeline/application/sizing/size-watch.ts';

interface Second {
  readonly captured: number;
  readonly detected: number;
  readonly stale?: number;
  readonly learning?: number;
  readonly still?: number;
  readonly ms?: number;
}

/** A run of a camera at 10 fps, whose metrics come once a second. */
class Run {
  readonly watch: SizeWatch;
  readonly advice: (SizeAdvice & { readonly atS: number })[] = [];
  seconds = 0;
  #totals = { captured: 0, detected: 0, stale: 0, learning: 0, still: 0 };

  constructor(
    side = 448,
    fps: number | null = 10,
    others: readonly (number | null)[] = [],
    gain = 1,
  ) {
    this.watch = new SizeWatch({
      sides: [320, 384, 448, 512],
      side,
      threads: gain > 1 ? 2 : 1,
      parallel: gain > 1 ? 2 : 1,
      gain,
      cores: 2,
      fpsOf: new Map([['yard', fps], ...others.map((each, i) => [`${i}`, each] as const)]),
    });
  }

  pass(seconds: number, second: Second): void {
    const { captured, detected, stale = 0, learning = 0, still = 0, ms = 50 } = second;
    for (let i = 0; i < seconds; i++) {
      this.seconds++;
      const totals = this.#totals;
      totals.captured += captured;
      totals.detected += detected;
      totals.stale += stale;
      totals.learning += learning;
      totals.still += still;
      const { captured: ofAll, detected: found, ...dropped } = totals;
      const rates = { captured: ofAll, detected: found, dropped: { ...dropped } };
      const detectMs = { p50: ms, p99: ms };
      const camera = { camera: 'yard', state: 'running', detectMs, ...rates } as const;
      const advice = this.watch.update({ uptimeMs: 1000 * this.seconds, cameras: [camera] });
      if (advice !== null) this.advice.push({ ...advice, atS: this.seconds });
    }
  }
}

const fine = { captured: 10, detected: 10, ms: 55 };
/** At 448 pixels; 384 would hold the rate. */
const overloaded = { captured: 10, detected: 6, stale: 4, ms: 75 };
const lull = { captured: 10, detected: 10, ms: 30 };
const idle = { captured: 10, detected: 10, ms: 5 };

describe('SizeWatch', () => {
  it('counts on what detecting several frames at once gains, and on no more', () => {
    const sideAfter = (gain: number) => {
      const run = new Run(384, 10, [], gain);
      run.pass(700, { captured: 10, detected: 10, ms: 45 });
      return run.advice.at(-1)?.side;
    };
    expect([sideAfter(1), sideAfter(1.2), sideAfter(2)]).toEqual([undefined, undefined, 448]);
  });

  it('takes the time of busy workers as it is: they have slowed each other down already', () => {
    // Of two workers that gain a fifth: 50 and 75 ms a frame.
    const sideAt = (ms: number) => {
      const run = new Run(448, 10, [], 1.2);
      run.pass(80, { captured: 10, detected: 6, stale: 4, ms });
      return run.advice[0]?.side;
    };
    expect([sideAt(100), sideAt(150)]).toEqual([384, 320]);
  });

  it('leaves a size alone that holds the rate', () => {
    const run = new Run();
    run.pass(7200, fine);
    expect(run.advice).toEqual([]);
  });

  it('lowers the size after a minute of overload, and not sooner', () => {
    const run = new Run();
    run.pass(41, overloaded);
    run.pass(30, fine);
    expect(run.advice).toEqual([]);
    run.pass(90, overloaded);
    expect(run.advice).toHaveLength(1);
    expect(run.advice[0]).toMatchObject({ side: 384 });
    expect(run.advice[0]!.line).toBe(
      'detector 384 px instead of 448: 6.0 of 10.0 wanted frames a second were detected for a minute',
    );
    expect(run.watch.side).toBe(384);
  });

  it('changes at most once in five minutes', () => {
    const run = new Run(512);
    run.pass(900, overloaded);
    const at = run.advice.map(({ atS }) => atS);
    expect(run.advice.map(({ side }) => side)).toEqual([448, 384, 320]);
    for (let i = 1; i < at.length; i++) {
      expect(at[i]! - at[i - 1]!).toBeGreaterThanOrEqual(sizeWatchLimits.betweenMs / 1000);
    }
  });

  it('goes at once to the largest size that holds, or to the smallest', () => {
    const run = new Run(512);
    run.pass(90, { ...overloaded, ms: 100 });
    expect(run.advice.map(({ side }) => side)).toEqual([384]);
    const steep = new Run(512);
    steep.pass(90, { ...overloaded, ms: 400 });
    expect(steep.advice.map(({ side }) => side)).toEqual([320]);
  });

  it('says once an hour that the smallest size is too much', () => {
    const run = new Run(320);
    run.pass(3000, overloaded);
    expect(run.advice).toHaveLength(1);
    expect(run.advice[0]).toMatchObject({ side: null });
    expect(run.advice[0]!.line).toMatch(/320 px: set fps of the cameras lower/);
  });

  it('takes frames beyond the rate of a camera for no overload', () => {
    const run = new Run();
    run.pass(600, { captured: 30, detected: 10, stale: 20 });
    const unsaid = new Run(448, null);
    unsaid.pass(600, { captured: 25, detected: 10, stale: 15 });
    expect([...run.advice, ...unsaid.advice]).toEqual([]);
  });

  it('takes frames that make way for learning for no overload', () => {
    const run = new Run();
    run.pass(600, { captured: 10, detected: 5, learning: 5 });
    expect(run.advice).toEqual([]);
  });

  it('raises the size after ten idle minutes, step by step', () => {
    const run = new Run(320);
    run.pass(595, idle);
    expect(run.advice).toEqual([]);
    run.pass(2000, idle);
    expect(run.advice.map(({ side }) => side)).toEqual([384, 448, 512]);
    expect(run.advice[0]!.line).toBe(
      'detector 384 px instead of 320: the detector has been idle for 10 min',
    );
  });

  it('does not go back within an hour to a size that was too much', () => {
    const run = new Run();
    run.pass(70, overloaded);
    expect(run.watch.side).toBe(384);
    run.pass(3400, idle);
    expect(run.watch.side).toBe(384);
    run.pass(1200, idle);
    expect(run.watch.side).toBe(448);
  });

  it('refuses a size for twice as long each time, and at most for a day', () => {
    const run = new Run(448);
    const lowered: number[] = [];
    for (let i = 0; i < 8; i++) {
      for (let s = 0; run.watch.side === 448 && s < 400; s += 10) run.pass(10, overloaded);
      lowered.push(run.advice.at(-1)!.atS);
      expect(run.watch.side).toBe(384);
      // Idle at 384 pixels alone.
      for (let s = 0; run.watch.side === 384 && s < 100_000; s += 60) run.pass(60, lull);
      expect(run.watch.side).toBe(448);
    }
    const hours = run.advice
      .filter(({ side }) => side === 448)
      .map(({ atS }, i) => Math.floor((atS - lowered[i]!) / 3600));
    expect(hours).toEqual([1, 2, 4, 8, 16, 24, 24, 24]);
  });

  it('does not raise the size while nothing moves, where all cameras would be too much', () => {
    const night = { captured: 10, detected: 1, still: 9, ms: 45 };
    const run = new Run(384);
    run.pass(7200, night);
    expect(run.advice).toEqual([]);
  });

  it('does not raise the size while cameras are lost that would make it too much', () => {
    const alone = new Run(384);
    alone.pass(700, { ...idle, ms: 12 });
    expect(alone.watch.side).toBe(448);
    const run = new Run(384, 10, [10, null, 5]);
    run.pass(7200, { ...idle, ms: 12 });
    expect(run.advice).toEqual([]);
  });
});
