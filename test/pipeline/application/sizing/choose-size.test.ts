import { describe, expect, it } from 'vitest';
import {
  candidateSides,
  chooseSize,
  describeChoice,
  msAt,
  speedBetween,
} from '../../../../pipeline/application/sizing/choose-size.ts';
import { wantedRate } from '../../../../pipeline/application/sizing/wanted-rate.ts';
import { parseConfig } from '../../../../pipeline/configuration/config.ts';

const cameras = (...perCamera: number[]) => ({ perCamera });
/** The built-in detector as measured on a core of a server. */
const one = speedBetween(1, { side: 320, ms: 20 }, { side: 512, ms: 56 });
const two = speedBetween(2, { side: 320, ms: 12 }, { side: 512, ms: 33 });

describe('chooseSize', () => {
  it('takes the largest size that leaves room, on the fewest threads', () => {
    const choice = chooseSize([one, two], { wanted: cameras(5), cores: 2 });
    expect(choice).toMatchObject({ side: 512, threads: 1, holds: true });
    expect(choice.ms).toBeCloseTo(56);
    expect(choice.busy).toBeCloseTo(0.28);
  });

  it('takes more threads where they allow a larger size', () => {
    const wanted = cameras(14);
    expect(chooseSize([one], { wanted, cores: 4 })).toMatchObject({ side: 448, threads: 1 });
    expect(chooseSize([one, two], { wanted, cores: 4 })).toMatchObject({ side: 512, threads: 2 });
  });

  it('leaves half of the cores to the rest', () => {
    // 33 ms × 16 fps keep the detector busy for 53 % of the time, but on both cores.
    const choice = chooseSize([two], { wanted: cameras(16), cores: 2 });
    expect(choice).toMatchObject({ side: 480, holds: true });
  });

  it('takes the smallest size, as fast as it goes, where none holds the rate', () => {
    const choice = chooseSize([one, two], { wanted: cameras(30, 30), cores: 2 });
    expect(choice).toMatchObject({ side: 320, threads: 2, holds: false });
    expect(choice.busy).toBeCloseTo(0.72);
  });

  it('never chooses a smaller size for a lower rate', () => {
    let before = 0;
    for (let fps = 60; fps > 0; fps--) {
      const { side } = chooseSize([one, two], { wanted: cameras(fps), cores: 2 });
      expect(side).toBeGreaterThanOrEqual(before);
      before = side;
    }
    expect(before).toBe(candidateSides.at(-1));
  });
});

describe('speedBetween', () => {
  it('goes through both measurements', () => {
    expect(msAt(one, 320)).toBeCloseTo(20);
    expect(msAt(one, 512)).toBeCloseTo(56);
    expect(msAt(one, 416)).toBeCloseTo(35.9, 0);
  });

  it('never says that a detection takes less than no time', () => {
    const steep = speedBetween(1, { side: 320, ms: 10 }, { side: 512, ms: 90 });
    expect(msAt(steep, 160)).toBe(0);
  });

  it('goes by pixels where the larger side was faster, since the smaller was disturbed', () => {
    const disturbed = speedBetween(1, { side: 320, ms: 90 }, { side: 512, ms: 51.2 });
    expect(msAt(disturbed, 512)).toBeCloseTo(51.2);
    expect(msAt(disturbed, 320)).toBeCloseTo(20);
  });
});

describe('describeChoice', () => {
  it('says size, threads, time and load in one line', () => {
    const wanted = cameras(5, 5);
    const choice = { side: 416, threads: 2, ms: 24, busy: 0.24, holds: true };
    expect(describeChoice(choice, wanted)).toBe(
      'detector 416 px, 2 threads: 24 ms a frame; 2 cameras at 5 fps use 24 % of it',
    );
    const single = { ...choice, threads: 1, ms: 2.31, busy: 0.023 };
    expect(describeChoice(single, cameras(10))).toBe(
      'detector 416 px, 1 thread: 2.3 ms a frame; 1 camera at 10 fps uses 2 % of it',
    );
    expect(describeChoice(choice, cameras(5, 2.5))).toContain('2 cameras at 7.5 fps together');
  });
});

describe('wantedRate', () => {
  const of = (kind: 'rtsp' | 'file' | 'world', fields = {}) => ({
    source: { kind },
    config: parseConfig({ cameras: { a: { source: 'x', ...fields } } }).cameras['a']!,
  });

  it('is the rate of each camera, or what one without a rate is granted', () => {
    expect(wantedRate([of('rtsp', { fps: 5 }), of('file')])).toEqual({ perCamera: [5, 10] });
  });

  it('is null where frames wait for the detector, and for the simulated world alone', () => {
    expect(wantedRate([of('rtsp'), of('file', { pace: 'demand' })])).toBeNull();
    expect(wantedRate([of('world')])).toBeNull();
    expect(wantedRate([of('world'), of('rtsp')])).not.toBeNull();
  });
});
